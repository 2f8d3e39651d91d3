// Before three members become one: mongodb-0 becomes the primary, and the others leave the set. Safe to run again.
const { MONGO_MEMBER, MONGO_ADMIN_PASSWORD } = process.env;
const FIRST = MONGO_MEMBER.replace(/-\d+\./, '-0.');
// By the set's name the driver finds whoever is the primary at the moment.
const set = new Mongo(`mongodb://admin:${MONGO_ADMIN_PASSWORD}@${MONGO_MEMBER}/?replicaSet=rs0`).getDB('admin');

reconfigure((members) => members.map((member) => ({ ...member, priority: member.host === FIRST ? 2 : 1 })));
print(`waiting for ${FIRST} to be the primary`);
while (set.hello().primary !== FIRST) sleep(500);
// One at a time, as MongoDB demands.
for (const { host } of getConfig().members.filter((member) => member.host !== FIRST)) {
  reconfigure((members) => members.filter((member) => member.host !== host));
  print(`${host} has left`);
}
reconfigure((members) => members.map((member) => ({ ...member, priority: 1 })));
print(`${FIRST} is the only member`);

function getConfig() {
  return set.adminCommand({ replSetGetConfig: 1 }).config;
}

function reconfigure(change) {
  const config = getConfig();
  set.adminCommand({ replSetReconfig: { ...config, members: change(config.members), version: config.version + 1 } });
}
