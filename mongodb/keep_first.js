// Before three members become one: mongodb-0 becomes the primary, and the others leave the set. Safe to run again.
const { MONGO_MEMBER, MONGO_ADMIN_PASSWORD } = process.env;
const FIRST = MONGO_MEMBER.replace(/-\d+\./, '-0.');
const SECONDS = 60; // for mongodb-0 to catch up and be elected; that takes ten, or twenty
// By the set's name the driver finds whoever is the primary at the moment.
const set = new Mongo(`mongodb://admin:${MONGO_ADMIN_PASSWORD}@${MONGO_MEMBER}/?replicaSet=rs0`).getDB('admin');

prefer((host) => (host === FIRST ? 2 : 1));
try {
  awaitFirst();
  // One at a time, as MongoDB demands. Those that are down first: the ones that stay must be a majority each time.
  const others = set.adminCommand({ replSetGetStatus: 1 }).members.filter(({ name }) => name !== FIRST);
  others.sort((one, other) => one.health - other.health).forEach(({ name }) => remove(name));
} finally {
  prefer(() => 1);
}
print(`${FIRST} is the only member`);

function prefer(priority) {
  reconfigure((members) => members.map((member) => ({ ...member, priority: priority(member.host) })));
}

function awaitFirst() {
  print(`waiting for ${FIRST} to be the primary`);
  const endsAt = Date.now() + 1000 * SECONDS;
  while (set.hello().primary !== FIRST) {
    if (Date.now() > endsAt) throw new Error(`it is not, after ${SECONDS} s: run this again when its pod is ready`);
    sleep(500);
  }
}

function remove(name) {
  reconfigure((members) => members.filter(({ host }) => host !== name));
  print(`${name} has left`);
}

function reconfigure(change) {
  const { config } = set.adminCommand({ replSetGetConfig: 1 });
  set.adminCommand({ replSetReconfig: { ...config, members: change(config.members), version: config.version + 1 } });
}
