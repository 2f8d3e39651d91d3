"""The ways to deploy a release that its values.yaml tells of: a name, values, and what objects are the user's own."""

from dataclasses import dataclass, field
from typing import Any

from tests.architecture.references import Reference
from tests.helm.charts import Values
from tests.helm.parity import data, plain_values
from tests.pods import BANK, SHOP

TLS = ("tls.crt", "tls.key")
MEMBERS = ("admin-password", "eshop-password", "member-key")
WORDS = ("internal-token", "request-hash-key")


@dataclass(frozen=True)
class Variant:
    half: str
    name: str
    values: Values
    theirs: list[Reference] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.half}: {self.name}"


def secret(half: str, name: str, *keys: str) -> list[Reference]:
    """One that the user has made."""
    return [Reference("Secret", half, name, key) for key in ("", *keys)]


def of_services(half: str, **values: Any) -> dict[str, Any]:
    """The same for every service of a half."""
    services = (
        ("userservice", "productservice", "orderservice", "paymentservice") if half == SHOP else ("walletservice",)
    )
    return dict.fromkeys(services, values)


def _of_both(half: str, database: str, other: str) -> dict[str, tuple[Values, list[Reference]]]:
    certificate = data(half, "tls")
    text = {"certificate": certificate["tls.crt"], "key": certificate["tls.key"]}
    registry = {"registry": "registry.example.org/team", "pullPolicy": "Always", "pullSecrets": ["mine"]}
    controller = {"ingress": {"className": "other", "service": "front", "podName": "007"}, "namespaces": {"gate": "42"}}
    images = of_services(half, image={"repository": "mine", "tag": "2.0.0"}) | {database: {"image": {"tag": "9"}}}
    scaling = {"minReplicas": 2, "maxReplicas": 9, "cpu": "500m"}
    return {
        "nothing said": ({}, []),
        "as the plain manifests": (plain_values(half), []),
        "a certificate by name": ({"tls": {"existing": "mine"}}, secret(half, "mine", *TLS)),
        "a certificate by text": ({"tls": text}, []),
        "another domain": ({"global": {"domain": "shop.example.org"}}, []),
        "images from a registry": ({"global": {"images": registry}}, secret(half, "mine")),
        "other images": (images, []),
        "another controller": ({"global": controller}, [Reference("IngressClass", "", "other")]),
        "another place": ({"global": {"namespaces": {other: "elsewhere"}}}, []),
        "numbers without autoscaling": (of_services(half, replicas=3, autoscaling={"enabled": False}), []),
        "another autoscaling": (of_services(half, autoscaling=scaling), []),
        "names that look like numbers": ({"tls": {"existing": "123"}}, secret(half, "123", *TLS)),
        "other resources": (of_services(half, resources={"requests": {"cpu": 1}, "limits": {"memory": "1Gi"}}), []),
        "a disk of its own kind": ({database: {"storage": {"size": "10Gi", "className": "true"}}}, []),
        "settings": (of_services(half, config={"LOG_LEVEL": "DEBUG"}), []),
        "a test that fails": ({"test": {"fail": True}}, []),
    }


def _named(name: str) -> dict[str, str]:
    return {"existing": name}


VARIANTS = [
    *(Variant(SHOP, name, *what) for name, what in _of_both(SHOP, "mongodb", BANK).items()),
    *(Variant(BANK, name, *what) for name, what in _of_both(BANK, "postgresql", SHOP).items()),
    Variant(SHOP, "three members", {"mongodb": {"replicas": 3}}),
    Variant(SHOP, "another cluster's domain", {"global": {"clusterDomain": "corp.internal"}}),
    Variant(
        SHOP,
        "Secrets by name",
        {"global": {"secrets": {"mongodb": _named("one"), "paymentservice": _named("two")}}},
        [*secret(SHOP, "one", *MEMBERS), *secret(SHOP, "two", *WORDS)],
    ),
    Variant(
        BANK,
        "Secrets by name",
        {"global": {"secrets": {"postgresql": _named("one"), "walletservice": _named("two")}}},
        [*secret(BANK, "one", "owner-password", "app-password"), *secret(BANK, "two", *WORDS)],
    ),
    Variant(
        SHOP,
        "an external database by address",
        {
            "mongodb": {"enabled": False},
            "global": {
                "externalMongodb": {
                    "uri": "mongodb://me:word@a:27018,b:27019/eshop?replicaSet=x",
                    "ports": [27018, 27019],
                }
            },
        },
    ),
    Variant(
        SHOP,
        "an external database by name",
        {"mongodb": {"enabled": False}, "global": {"externalMongodb": {"existing": "mine", "cidrs": ["10.0.0.0/8"]}}},
        secret(SHOP, "mine", "uri"),
    ),
    Variant(
        BANK,
        "an external database by address",
        {
            "postgresql": {"enabled": False},
            "global": {
                "externalPostgresql": {
                    **{"host": "db.example.org", "port": 6432, "database": "bank", "options": "sslmode=require"},
                    **{"owner": "boss", "ownerPassword": "one", "app": "clerk", "appPassword": "two"},
                }
            },
        },
    ),
    Variant(
        BANK,
        "an external database by name",
        {
            "postgresql": {"enabled": False},
            "global": {"externalPostgresql": {"existing": "mine", "port": 6432, "app": "123", "cidrs": ["::1/128"]}},
        },
        secret(BANK, "mine", "owner-dsn", "app-dsn"),
    ),
]
