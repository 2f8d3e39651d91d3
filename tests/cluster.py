"""The shop in a Kubernetes cluster of the tests' own: made by kind, deployed as a user would, reached at its gate."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from local.catalogue import MONGODB, POSTGRESQL, SERVICES
from local.waiting import holds_within
from tests.faults.aftermath import until_healed
from tests.forwarding import Forwarding
from tests.kind import LONG, Kind
from tests.pods import BANK, CONTROLLER, GATE, HALVES, SHOP, Pod, is_ready, selector, workload

HOSTS = {each.name: f"{each.plural}.eshop.com" for each in SERVICES} | {"walletservice": "wallet.eshop.com"}
HTTPS, HTTP = 30443, 30080  # as in tests/kubernetes/gate.yaml
GATE_SECONDS = 60
IMPATIENT_SERVICES = ("productservice", "paymentservice")


@dataclass(eq=False)
class Tenant:
    """The shop in a cluster, deployed in one way or another."""

    shop: "Cluster | None" = None
    is_spoilt: bool = False


@dataclass(frozen=True)
class Cluster(Kind):
    """The shop by kubectl, once `have` was called. `variables` win over what the manifests say."""

    variables: Mapping[str, str] = field(default_factory=dict)
    there: Tenant = field(default_factory=Tenant)

    @cached_property
    def _forwarding(self) -> Forwarding:
        return Forwarding(self.environment)

    def up(self) -> None:
        """Make the cluster, with all that a shop needs."""
        self.setup("kubernetes", "kind", "-n", self.name)
        self.prepare()
        self.setup("load", "images", "-k", self.name)
        self.kubectl("apply", "--filename=tests/kubernetes/gate.yaml")

    def prepare(self) -> None:
        """What a cluster needs that was just made, before there is a shop: its controller loses the API meanwhile."""
        if self.part_tables():
            for found in self._gates():
                self.forget(Pod.of(found))
        self.see_gate()

    def have(self) -> None:
        """See that the shop is there, deployed in this way, and not spoilt; return when it is open."""
        if self.there.is_spoilt:
            self.leave()
        self.have_any()

    def have_any(self) -> None:
        """The same, whatever became of its data."""
        if self.there.shop is self:
            return
        self.leave()
        self.deploy()
        self.there.shop = self
        self.believe()
        until_healed(self.urls)

    def spoil(self) -> None:
        """Have the next who cares get a new one: where one half has lost its data, the other's books cannot balance."""
        self.there.is_spoilt = True

    def leave(self) -> None:
        """See that no shop is there."""
        if self.there.shop:
            self.there.shop.undeploy()
        self.there.shop, self.there.is_spoilt = None, False

    def believe(self) -> None:
        """Demand the certificate that the shop has now."""
        self.certificate.write_text(self.secret(SHOP, "tls")["tls.crt"])

    def deploy(self) -> None:
        """Have the shop as everybody expects it; harmless when it is so already."""
        self.renew_gate()
        in_both_halves(lambda side: self.setup("kubectl", "apply", side))
        if self.variables:
            # They stay when the manifests are applied again, which do not know of them.
            named = [f"{name}={value}" for name, value in self.variables.items()]
            self.kubectl("set", "env", f"--namespace={SHOP}", *map(workload, IMPATIENT_SERVICES), *named)
            for service in IMPATIENT_SERVICES:
                self.until_rolled_out(service)

    def undeploy(self, *options: str) -> None:
        in_both_halves(lambda side: self.setup("kubectl", "delete", side, *options))
        self.renew_gate()

    def renew_gate(self) -> None:
        """Put a new one in the place of a controller that has crashed, which would be started later each time."""
        for found in self._gates():
            if any(each["restartCount"] for each in found["status"].get("containerStatuses", ())):
                self.forget(Pod.of(found))

    def see_gate(self) -> None:
        """See that a controller works that may not have borne what was deployed."""
        assert holds_within(GATE_SECONDS, self._gate_works), self.state()

    def _gate_works(self) -> bool:
        if any(map(is_ready, self._gates())):
            return True
        self.renew_gate()
        return False

    def _gates(self) -> list[Any]:
        found: list[Any] = self.get("pods", f"--namespace={GATE}", selector(CONTROLLER))["items"]
        return found

    def down(self) -> None:
        self._forwarding.close()
        self.run("kind", "delete", "cluster", "--name", self.name, seconds=LONG)

    @cached_property
    def address(self) -> str:
        """The node's, from this machine."""
        addresses = self.get("nodes")["items"][0]["status"]["addresses"]
        return next(str(each["address"]) for each in addresses if each["type"] == "InternalIP")

    @property
    def certificate(self) -> Path:
        """A file with what the gate must show."""
        return self.folder / "eshop.com.crt"

    @property
    def urls(self) -> Mapping[str, str]:
        """The public base URLs by service."""
        return {name: f"https://{host}:{HTTPS}" for name, host in HOSTS.items()}

    def primary(self) -> tuple[Pod, str]:
        """The member of MongoDB's that can be written to, and its address from this machine."""
        for pod in self.pods(MONGODB):
            address = f"127.0.0.1:{self._forwarding.port(pod, 27017)}"
            with MongoClient[dict[str, Any]](address, directConnection=True) as client:
                if client.admin.command("hello")["isWritablePrimary"]:
                    return pod, address
        raise AssertionError("no member of MongoDB's can be written to")

    @property
    def mongo_uri(self) -> str:
        """The shop's database, as the services' own user, from this machine."""
        password = self.secret(SHOP, MONGODB)["eshop-password"]
        _, address = self.primary()
        return f"mongodb://eshop:{password}@{address}/eshop?directConnection=true&authSource=admin"

    @property
    def postgres_dsn(self) -> str:
        """The wallets' database, as the services' own role, from this machine."""
        password = self.secret(BANK, POSTGRESQL)["app-password"]
        [pod] = self.pods(POSTGRESQL)
        return f"postgresql://wallet_app:{password}@127.0.0.1:{self._forwarding.port(pod, 5432)}/walletdb"


def in_both_halves(deed: Callable[[str], object]) -> None:
    """At once, as most of it is waiting."""
    with ThreadPoolExecutor(len(HALVES)) as pool:
        list(pool.map(deed, HALVES))
