// Forms the replica set and its users. Safe to run again, and cut off anywhere: every step looks first.
// Passwords are set each time, so that the environment's are the ones that hold.
const { MONGO_MEMBER, MONGO_ADMIN_PASSWORD, MONGO_ESHOP_PASSWORD } = process.env;
const server = new Mongo('mongodb://127.0.0.1:27017/?directConnection=true');
// __system, as whom members prove who they are: its password is the key file's text.
server.getDB('local').auth('__system', require('fs').readFileSync('/tmp/key', 'utf8'));
const admin = server.getDB('admin');

try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error;
  admin.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: MONGO_MEMBER }] } });
}
while (!admin.hello().isWritablePrimary) sleep(100);

setUser('admin', MONGO_ADMIN_PASSWORD, ['root']);
setUser('eshop', MONGO_ESHOP_PASSWORD, [{ role: 'readWrite', db: 'eshop' }]);

function setUser(name, pwd, roles) {
  if (admin.getUser(name)) admin.updateUser(name, { pwd, roles });
  else admin.createUser({ user: name, pwd, roles });
}
