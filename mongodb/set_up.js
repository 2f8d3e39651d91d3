// Makes this server a member of the replica set, and sets the set's users. Safe to run again, and cut off anywhere:
// every step looks first. Passwords are set each time, so that the environment's are the ones that hold.
const { MONGO_MEMBER, MONGO_ADMIN_PASSWORD, MONGO_ESHOP_PASSWORD } = process.env;
const KEY = require('fs').readFileSync('/tmp/key', 'utf8');
// On Kubernetes members are mongodb-0, mongodb-1 ...; elsewhere there is one, whose name has no number to replace.
const NAMES = [0, 1, 2].map((number) => MONGO_MEMBER.replace(/-\d+\./, `-${number}.`));
const here = logIn('127.0.0.1:27017');
const said = new Set();

// Without a limit: to copy all data from another member may take long, and the health check tells of it.
while (!isAtWork() || !tryAt(here.hello().primary, setUsers)) {
  // Looked at each time: whose disk says it is a member may hear only now that it left the set while it was away.
  if (!isMember()) enter();
  sleep(200);
}

// Once in a set, or in one again. Asked of a primary: MongoDB refuses one whose disk is of another set.
function enter() {
  const answers = NAMES.filter((name) => name !== MONGO_MEMBER).map(ask);
  const primary = answers.find((answer) => answer?.primary)?.primary;
  if (primary) tryAt(primary, join);
  // The first, when no other is known to have been in a set: a second one beside it would be an empty shop.
  else if (MONGO_MEMBER === NAMES[0] && answers.every((answer) => answer?.blank)) formSet();
  else say('waiting for the primary of a replica set');
}

// As __system, as whom members prove who they are: its password is the key file's text.
function logIn(address, seconds = 30) {
  const who = `__system:${encodeURIComponent(KEY)}`;
  const options = `directConnection=true&authSource=local&serverSelectionTimeoutMS=${1000 * seconds}`;
  return new Mongo(`mongodb://${who}@${address}/?${options}`).getDB('admin');
}

function isMember() {
  const config = onDisk(here);
  return config !== null && hasMember(config);
}

// A server that starts may not have read it yet.
function onDisk(admin) {
  return admin.getSiblingDB('local').getCollection('system.replset').findOne();
}

function hasMember({ members }) {
  return members.some(({ host }) => host === MONGO_MEMBER);
}

// What another says of its set; nothing where nobody can tell.
function ask(name) {
  try {
    const admin = logIn(name.replace(':', '.:'), 1); // the dot: whole as it is, and no other domain's
    const answer = { blank: onDisk(admin) === null, primary: admin.hello().primary };
    admin.getMongo().close();
    return answer;
  } catch (error) {
    // There is no such member; or its pod has no address yet, or has one that DNS, half a minute behind, does not know.
    // To wait so long would slow each first start: instead, README says when data-mongodb-0 must not be deleted.
    if (/ENOTFOUND/.test(error.message)) return { blank: true };
    say(`cannot ask ${name}: ${error.message}`);
  }
}

function formSet() {
  here.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: MONGO_MEMBER }] } });
}

// Whether it could be done: the primary may be another one in a moment, or busy with another member that joins.
function tryAt(address, action) {
  let admin;
  try {
    admin = logIn(address);
    action(admin);
    return true;
  } catch (error) {
    say(`not yet, at ${address}: ${error.message}`);
    return false;
  } finally {
    if (admin) admin.getMongo().close();
  }
}

function join(primary) {
  const { config } = primary.adminCommand({ replSetGetConfig: 1 });
  if (hasMember(config)) return; // it lost its data, or was added a moment ago: the primary comes to it
  const _id = 1 + Math.max(...config.members.map((member) => member._id));
  const members = [...config.members, { _id, host: MONGO_MEMBER }];
  primary.adminCommand({ replSetReconfig: { ...config, members, version: config.version + 1 } });
}

function isAtWork() {
  const { isWritablePrimary, secondary, primary, hosts } = here.hello();
  if (primary && (isWritablePrimary || secondary)) return true;
  if (hosts) say(`waiting to be primary or secondary among ${hosts}`);
  return false;
}

function setUsers(primary) {
  setUser(primary, 'admin', MONGO_ADMIN_PASSWORD, ['root']);
  setUser(primary, 'eshop', MONGO_ESHOP_PASSWORD, [{ role: 'readWrite', db: 'eshop' }]);
}

function setUser(primary, name, pwd, roles) {
  if (primary.getUser(name)) primary.updateUser(name, { pwd, roles });
  else primary.createUser({ user: name, pwd, roles });
}

function say(what) {
  if (!said.has(what)) console.error(what);
  said.add(what);
}
