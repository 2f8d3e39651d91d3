"""MongoDB as a replica set of one member, with authentication: its program, its first start, its addresses."""

from dataclasses import dataclass
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from local.catalogue import MONGODB
from local.credentials import MONGO_KEY, Credentials
from local.datafolder import DataFolder
from local.errors import LocalError
from local.layout import Layout
from local.ports import Ports
from local.servers import MongoServer
from local.strays import Mark
from local.supervisor_config import Program
from local.waiting import holds_within

START_SECONDS = 60
AUTHENTICATION_FAILED = 18
LOGS = "./setup.sh local logs mongodb"
Client = pymongo.MongoClient[dict[str, Any]]


@dataclass(frozen=True)
class MongoDB:
    layout: Layout
    ports: Ports

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.layout.secrets)

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.layout.mongodb, product="MongoDB")

    @property
    def mark(self) -> Mark:
        return Mark(("--dbpath", str(self.folder.files)))

    @property
    def member(self) -> str:
        return f"127.0.0.1:{self.ports.mongodb}"

    def uri(self) -> str:
        password = self.credentials.read("mongo-eshop-password")
        return f"mongodb://eshop:{password}@{self.member}/eshop?replicaSet=rs0&authSource=eshop"

    def admin_uri(self) -> str:
        """Direct, so that it reaches the member whatever the replica set believes of itself."""
        password = self.credentials.read("mongo-admin-password")
        return f"mongodb://admin:{password}@{self.member}/?directConnection=true&authSource=admin"

    def program(self, server: MongoServer) -> Program:
        options = {
            "--port": str(self.ports.mongodb),
            "--bind_ip": "127.0.0.1",
            "--replSet": "rs0",
            "--keyFile": str(self.credentials.file(MONGO_KEY)),
            # A writer killed inside a transaction holds its locks this long; the default is a minute.
            "--setParameter": "transactionLifetimeLimitSeconds=3",
            "--wiredTigerCacheSizeGB": "1",
            "--oplogSize": "990",
        }
        arguments = [*self.mark.arguments, "--nounixsocket", *(text for pair in options.items() for text in pair)]
        return Program(MONGODB, [str(server.mongod), *arguments], directory=self.layout.mongodb, stop_seconds=30)

    def set_up(self) -> None:
        """Every step looks first whether it is done: the one before may have been cut off anywhere."""
        with self._client(f"mongodb://{self.member}/?directConnection=true") as stranger:
            self._demand(lambda: _answers(stranger), "does not answer")
            if not stranger.admin.command("hello").get("setName"):
                self._initiate(stranger)
            if not self._admin_exists():
                self._demand(lambda: _is_primary(stranger), "does not become primary")
                # The server lets a stranger from this machine create the first user, and no other.
                password = self.credentials.read("mongo-admin-password")
                stranger.admin.command("createUser", "admin", pwd=password, roles=["root"])
        with self._client(self.admin_uri()) as admin:
            self._follow_port(admin)
            self._demand(lambda: _is_primary(admin), "does not become primary")
            if not admin.eshop.command("usersInfo", "eshop")["users"]:
                password = self.credentials.read("mongo-eshop-password")
                admin.eshop.command("createUser", "eshop", pwd=password, roles=["readWrite"])
        self.folder.finish()

    def is_ready(self) -> bool:
        with self._client(self.admin_uri()) as admin:
            return _is_primary(admin)

    def _initiate(self, stranger: Client) -> None:
        config = {"_id": "rs0", "members": [{"_id": 0, "host": self.member}]}
        try:
            stranger.admin.command("replSetInitiate", config)
        except OperationFailure as error:  # configured already: the port has moved, so it does not know itself
            if not self._admin_exists():
                raise LocalError(f"MongoDB does not form its replica set: {error}", advice=LOGS) from error

    def _admin_exists(self) -> bool:
        with self._client(self.admin_uri()) as admin:
            try:
                admin.admin.command("ping")
            except OperationFailure as error:
                if error.code == AUTHENTICATION_FAILED:
                    return False
                raise
            return True

    def _follow_port(self, admin: Client) -> None:
        """The replica set keeps its member's address; the port may be another one today."""
        config = admin.admin.command("replSetGetConfig")["config"]
        if config["members"][0]["host"] != self.member:
            config["members"][0]["host"] = self.member
            config["version"] += 1
            admin.admin.command("replSetReconfig", config, force=True)

    def _demand(self, condition: Any, complaint: str) -> None:
        if not holds_within(START_SECONDS, condition):
            raise LocalError(f"MongoDB {complaint} within {START_SECONDS} s", advice=LOGS)

    @staticmethod
    def _client(uri: str) -> Client:
        return pymongo.MongoClient(uri, serverSelectionTimeoutMS=2000, socketTimeoutMS=30_000, connectTimeoutMS=2000)


def _answers(client: Client) -> bool:
    try:
        client.admin.command("hello")
    except PyMongoError:
        return False
    return True


def _is_primary(client: Client) -> bool:
    try:
        return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False
