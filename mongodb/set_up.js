// Makes this server a member of the replica set, and sets the set's users. Safe to run again, and cut off anywhere:
// every step looks first. Passwords are set each time, so that the environment's are the ones that hold.
const { MONGO_MEMBER, MONGO_ADMIN_PASSWORD, MONGO_ESHOP_PASSWORD } = process.env;
const KEY = require('fs').readFileSync('/tmp/key', 'utf8');
// On Kubernetes members are mongodb-0, mongodb-1 ...; elsewhere there is one, whose name has no number to replace.
const NAMES = [0, 1, 2].map((number) => MONGO_MEMBER.replace(/-\d+\./, `-${number}.`));
const here = logIn('127.0.0.1:27017');
let said;

while (!isMember()) {
  const answers = NAMES.filter((name) => name !== MONGO_MEMBER).map(askAnother);
  const primary = answers.find((answer) => answer?.primary)?.primary;
  if (primary) joinAt(primary);
  // The first, when it is certain that there is none: a second set beside another would be an empty shop.
  else if (MONGO_MEMBER === NAMES[0] && answers.every((answer) => answer && !answer.setName)) formSet();
  else say('waiting for the primary of a replica set');
  sleep(500);
}
// Without a limit: to copy all data from another member may take long, and the health check tells of it.
while (!isAtWork(here.hello())) sleep(100);

const primary = logIn(here.hello().primary);
while (!primary.hello().isWritablePrimary) sleep(100);
setUser('admin', MONGO_ADMIN_PASSWORD, ['root']);
setUser('eshop', MONGO_ESHOP_PASSWORD, [{ role: 'readWrite', db: 'eshop' }]);

// As __system, as whom members prove who they are: its password is the key file's text.
function logIn(address) {
  const who = `__system:${encodeURIComponent(KEY)}`;
  return new Mongo(`mongodb://${who}@${address}/?directConnection=true&authSource=local`).getDB('admin');
}

// By what is on disk, which the server may still be reading.
function isMember() {
  const config = here.getSiblingDB('local').getCollection('system.replset').findOne();
  return config !== null && hasMember(config);
}

function hasMember({ members }) {
  return members.some(({ host }) => host === MONGO_MEMBER);
}

// What it says of its set: nothing where there is no such member, and undefined where nobody can tell.
function askAnother(name) {
  const address = name.replace(':', '.:'); // the dot: whole as it is, no other domain's
  try {
    const another = new Mongo(`mongodb://${address}/?directConnection=true&serverSelectionTimeoutMS=1000`);
    const answer = another.getDB('admin').hello();
    another.close();
    return answer;
  } catch (error) {
    if (/ENOTFOUND/.test(error.message)) return {};
    say(`cannot ask ${name}: ${error.message}`);
  }
}

function formSet() {
  here.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: MONGO_MEMBER }] } });
}

// Refused where another member joins at the same moment, or the primary cannot reach this one yet: it asks again.
// Who has lost its data is still in the configuration, and the primary comes to it by itself.
function joinAt(address) {
  try {
    const primary = logIn(address);
    const { config } = primary.adminCommand({ replSetGetConfig: 1 });
    if (hasMember(config)) return;
    const _id = 1 + Math.max(...config.members.map((member) => member._id));
    const members = [...config.members, { _id, host: MONGO_MEMBER }];
    primary.adminCommand({ replSetReconfig: { ...config, members, version: config.version + 1 } });
  } catch (error) {
    say(`cannot join at ${address}: ${error.message}`);
  }
}

function isAtWork({ isWritablePrimary, secondary, primary }) {
  return primary && (isWritablePrimary || secondary);
}

function setUser(name, pwd, roles) {
  if (primary.getUser(name)) primary.updateUser(name, { pwd, roles });
  else primary.createUser({ user: name, pwd, roles });
}

function say(what) {
  if (what !== said) console.error((said = what));
}
