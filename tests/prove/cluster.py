"""A cluster that somebody else has made, with the shop in it, as one context shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from local.catalogue import DATABASES, MONGODB, POSTGRESQL
from tests.cluster import HOSTS, Cluster
from tests.pods import BANK, SHOP, Pod

BY_HELM = "--selector=app.kubernetes.io/managed-by=Helm"


@dataclass(frozen=True)
class AttachedCluster(Cluster):
    """`gate` is the port of this machine that leads to its gate."""

    gate: int = 0
    is_kind: bool = True

    @property
    def urls(self) -> Mapping[str, str]:
        return {name: f"https://{host}:{self.gate}" for name, host in HOSTS.items()}

    def believe(self) -> None:
        """Each half may have made a certificate of its own."""
        self.certificate.write_text("\n".join(self.secret(half, "tls")["tls.crt"] for half in (SHOP, BANK)))

    @cached_property
    def deployed_by(self) -> str:
        ours = [self.get("deployments", f"--namespace={half}", BY_HELM)["items"] for half in (SHOP, BANK)]
        return "Helm" if all(ours) else "kubectl and Helm" if any(ours) else "kubectl"

    @cached_property
    def elsewhere(self) -> Sequence[str]:
        """The databases that run somewhere else."""
        return [name for name in DATABASES if not self.pods(name)]

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        """Of the databases, as the services know them."""
        return {
            MONGODB: self.inside("orderservice", "printenv", "MONGO_URI").strip(),
            POSTGRESQL: self.inside("walletservice", "printenv", "POSTGRES_DSN").strip(),
        }

    @property
    def mongo_uri(self) -> str:
        if MONGODB in self.elsewhere:
            return self.addresses[MONGODB]
        _, address = self.primary()
        return f"mongodb://{_user(self.addresses[MONGODB])}@{address}/eshop?directConnection=true&authSource=admin"

    @property
    def postgres_dsn(self) -> str:
        if POSTGRESQL in self.elsewhere:
            return self.addresses[POSTGRESQL]
        [pod] = self.pods(POSTGRESQL)
        inside = urlsplit(self.addresses[POSTGRESQL])
        here = f"{_user(inside.geturl())}@127.0.0.1:{self._forwarding.port(pod, 5432)}"
        return inside._replace(netloc=here).geturl()

    def signal(self, pod: Pod, name: str) -> bool:
        """Only kind's nodes are in reach. Whom the cluster deletes at once, it kills."""
        return super().signal(pod, name) if self.is_kind else name == "KILL"

    def close(self) -> None:
        self._forwarding.close()


def _user(address: str) -> str:
    """With the password."""
    return urlsplit(address).netloc.rpartition("@")[0]
