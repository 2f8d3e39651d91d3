"""Each way to deploy a release that values.yaml tells of: no fault, known to Kubernetes, nothing missing."""

import base64
import json
import ssl
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from kubernetes_validate import validate  # type: ignore[import-untyped]

from tests.architecture.manifests import Manifest
from tests.architecture.references import existing, references
from tests.architecture.test_certificate import shown_to_a_client
from tests.architecture.test_manifests import NEWEST, OLDEST
from tests.helm.charts import Charts, is_hook
from tests.helm.parity import OF_THE_CLUSTER
from tests.helm.variants import VARIANTS, Variant
from tests.pods import BANK, SHOP

OVER_MONGODB = {"userservice", "productservice", "orderservice"}
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


def only(half: str, name: str) -> Variant:
    [found] = [each for each in VARIANTS if (each.half, each.name) == (half, name)]
    return found


def one(objects: list[Manifest], kind: str, name: str) -> dict[str, Any]:
    [found] = [each for each in objects if (each.kind, each.name) == (kind, name)]
    return found.body


def container(objects: list[Manifest], kind: str, name: str) -> dict[str, Any]:
    [found] = one(objects, kind, name)["spec"]["template"]["spec"]["containers"]
    return dict(found)


def pods(objects: list[Manifest]) -> list[dict[str, Any]]:
    workloads = [each.pod for each in objects if each.kind in ("Deployment", "StatefulSet")]
    return [*workloads, *(each.spec for each in objects if each.kind == "Pod")]


def variables(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


@cache  # most objects are the same in most variants
def demand_known(text: str, version: str) -> None:
    validate(json.loads(text), version, strict=True)


def of_secret(name: str, key: str) -> dict[str, Any]:
    return {"secretKeyRef": {"name": name, "key": key}}


@every_variant
def test_helm_finds_no_fault(charts: Charts, variant: Variant) -> None:
    charts.lint(variant.half, variant.values)


@every_variant
def test_kubernetes_knows_all_of_it(charts: Charts, variant: Variant) -> None:
    for each in charts.objects(variant.half, variant.values):
        for version in (OLDEST, NEWEST):
            demand_known(json.dumps(each.body), version)


@every_variant
def test_what_is_named_exists_or_is_the_user_s_own(charts: Charts, variant: Variant) -> None:
    objects = charts.objects(variant.half, variant.values)
    there = {*existing([*objects, *OF_THE_CLUSTER]), *variant.theirs}
    named = {reference for each in objects for reference in references(each)}
    assert named - there == set()
    assert {each for each in variant.theirs if each.key} - named == set(), "named, but not used"


@every_variant
def test_every_object_is_in_the_release_s_namespace_and_says_whose_it_is(charts: Charts, variant: Variant) -> None:
    for each in charts.objects(variant.half, variant.values):
        assert each.namespace == variant.half
        assert each.labels["app.kubernetes.io/part-of"] == variant.half
        assert each.labels["app.kubernetes.io/managed-by"] == "Helm"
        assert "helm.sh/chart" in each.labels


@every_variant
def test_no_pod_may_do_more_than_those_of_the_plain_manifests(charts: Charts, variant: Variant) -> None:
    """What the namespaces' pod security asks for, of the tests' pods, too."""
    for pod in pods(charts.objects(variant.half, variant.values)):
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] in (999, 10001)
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in [*pod.get("initContainers", []), *pod["containers"]]:
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_credentials_are_made_at_random_where_none_are_given(charts: Charts) -> None:
    made: list[str] = []
    for half in (SHOP, BANK, SHOP):
        for each in charts.render(half):
            if each.kind == "Secret" and each.name != "tls":
                assert each.labels["eshop.com/credentials"] == "random"
                assert each.body["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
                made += [base64.b64decode(value).decode() for value in each.body["data"].values()]
    assert len(set(made)) == len(made) == 5 + 4 + 5
    assert all(len(each) == 48 and each.isalnum() for each in made)


def test_credentials_that_are_given_are_taken_and_not_kept(charts: Charts) -> None:
    given = {"owner-password": "one", "app-password": "two"}
    objects = charts.objects(BANK, {"global": {"secrets": {"postgresql": {"data": given}}}})
    found = one(objects, "Secret", "postgresql")
    assert {key: base64.b64decode(value).decode() for key, value in found["data"].items()} == given
    assert found["metadata"]["labels"]["eshop.com/credentials"] == "given"
    assert "annotations" not in found["metadata"]
    some = charts.objects(BANK, {"global": {"secrets": {"postgresql": {"data": {"app-password": "two"}}}}})
    assert one(some, "Secret", "postgresql")["metadata"]["labels"]["eshop.com/credentials"] == "random"


@pytest.mark.parametrize("given", ["owner-password", "app-password"])
def test_credentials_of_which_one_is_made_are_kept(charts: Charts, given: str) -> None:
    """Whatever the other one is, and whichever comes first."""
    word = {given: "development-only-word"}
    made = one(charts.objects(BANK, {"global": {"secrets": {"postgresql": {"data": word}}}}), "Secret", "postgresql")
    assert made["metadata"]["labels"]["eshop.com/credentials"] == "random"
    assert made["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_a_secret_of_the_user_s_own_is_used_and_none_is_made(charts: Charts, half: str) -> None:
    objects = charts.objects(half, only(half, "Secrets by name").values)
    assert [each.name for each in objects if each.kind == "Secret"] == ["tls"]


def test_a_made_certificate_says_for_which_domain(charts: Charts) -> None:
    made = one(charts.objects(SHOP, {"global": {"domain": "shop.example.org"}}), "Secret", "tls")
    assert made["metadata"]["annotations"] == {"eshop.com/made-for": "shop.example.org"}
    assert base64.b64decode(made["data"]["tls.crt"]).startswith(b"-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_a_made_certificate_is_for_every_host_and_has_its_key(charts: Charts, half: str, tmp_path: Path) -> None:
    objects = charts.objects(half, only(half, "another domain").values)
    for rule in one(objects, "Ingress", "gate")["spec"]["rules"]:
        seen = shown_to_a_client(rule["host"], one(objects, "Secret", "tls")["data"], tmp_path)
        seconds = ssl.cert_time_to_seconds(seen["notAfter"]) - ssl.cert_time_to_seconds(seen["notBefore"])
        assert timedelta(seconds=seconds) >= timedelta(days=3650)


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_a_certificate_of_the_user_s_own_is_used_and_none_is_made(charts: Charts, half: str) -> None:
    objects = charts.objects(half, only(half, "a certificate by name").values)
    assert [each for each in objects if (each.kind, each.name) == ("Secret", "tls")] == []


def test_another_domain_is_that_of_hosts_and_certificate(charts: Charts) -> None:
    gate = one(charts.objects(SHOP, only(SHOP, "another domain").values), "Ingress", "gate")["spec"]
    hosts = [f"{each}.shop.example.org" for each in ("users", "products", "orders", "payments")]
    assert [each["host"] for each in gate["rules"]] == hosts
    assert gate["tls"] == [{"secretName": "tls", "hosts": hosts}]


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_a_registry_and_its_secrets_are_for_every_image(charts: Charts, half: str) -> None:
    for pod in pods(charts.objects(half, only(half, "images from a registry").values)):
        for each in [*pod.get("initContainers", []), *pod["containers"]]:
            assert each["image"].startswith("registry.example.org/team/")
            assert each["imagePullPolicy"] == "Always"
        assert pod["imagePullSecrets"] == [{"name": "mine"}]
    for pod in pods(charts.objects(half, {"global": {"images": {"pullSecrets": ["one", "two"]}}})):
        assert pod["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]


@pytest.mark.parametrize("half, database", [(SHOP, "mongodb"), (BANK, "postgresql")])
def test_other_images_are_those_of_services_and_their_tag_that_of_the_database(
    charts: Charts, half: str, database: str
) -> None:
    objects = charts.objects(half, only(half, "other images").values)
    images = {each.name: each.pod["containers"][0]["image"] for each in objects if each.kind == "Deployment"}
    assert set(images.values()) == {"mine:2.0.0"}
    assert container(objects, "StatefulSet", database)["image"] == {SHOP: "mongo:9", BANK: "postgres:9"}[half]


@pytest.mark.parametrize("half, database", [(SHOP, "mongodb"), (BANK, "postgresql")])
def test_a_disk_is_of_the_size_and_kind_that_is_said(charts: Charts, half: str, database: str) -> None:
    objects = charts.objects(half, only(half, "a disk of its own kind").values)
    [claim] = one(objects, "StatefulSet", database)["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["storageClassName"] == "true"
    assert claim["spec"]["resources"] == {"requests": {"storage": "10Gi"}}


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_other_resources_are_those_of_every_container_of_a_service(charts: Charts, half: str) -> None:
    for each in charts.objects(half, only(half, "other resources").values):
        if each.kind == "Deployment":
            for one_of in [*each.pod.get("initContainers", []), *each.pod["containers"]]:
                assert one_of["resources"]["requests"]["cpu"] == 1
                assert one_of["resources"]["limits"]["memory"] == "1Gi"


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_another_controller_alone_is_let_in_and_asked(charts: Charts, half: str) -> None:
    objects = charts.objects(half, only(half, "another controller").values)
    assert one(objects, "Ingress", "gate")["spec"]["ingressClassName"] == "other"
    assert "ingress-nginx" not in repr(
        [each.body for each in objects if each.name != "helm-test" or each.kind != "ConfigMap"]
    )
    peer = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "42"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "007"}},
    }
    for each in objects:
        if each.kind == "Deployment":
            assert one(objects, "NetworkPolicy", each.name)["spec"]["ingress"][0]["from"] == [peer]
        if each.kind == "Pod":
            assert variables(each.spec["containers"][0])["GATE"] == "front.42"


def test_another_cluster_s_domain_is_in_the_members_names(charts: Charts) -> None:
    objects = charts.objects(SHOP, only(SHOP, "another cluster's domain").values)
    name = variables(container(objects, "StatefulSet", "mongodb"))["MONGO_MEMBER"]
    assert name == "$(POD_NAME).mongodb.eshop.svc.corp.internal:27017"


def test_another_cache_is_that_of_mongodb(charts: Charts) -> None:
    found = container(charts.objects(SHOP, {"mongodb": {"cacheGB": 2}}), "StatefulSet", "mongodb")
    assert "--wiredTigerCacheSizeGB=2" in found["args"]


def test_three_members_are_three_pods_with_one_address(charts: Charts) -> None:
    objects = charts.objects(SHOP, {"mongodb": {"replicas": 3}})
    assert one(objects, "StatefulSet", "mongodb")["spec"]["replicas"] == 3
    assert (
        "@mongodb:27017/eshop?replicaSet=rs0&"
        in variables(container(objects, "Deployment", "userservice"))["MONGO_URI"]
    )


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_without_autoscaling_there_are_as_many_as_it_says(charts: Charts, half: str) -> None:
    objects = charts.objects(half, only(half, "numbers without autoscaling").values)
    assert {each.spec["replicas"] for each in objects if each.kind == "Deployment"} == {3}
    assert [each for each in objects if each.kind == "HorizontalPodAutoscaler"] == []
    scaled = charts.objects(half, only(half, "another autoscaling").values)
    assert [each for each in scaled if each.kind == "Deployment" and "replicas" in each.spec] == []
    autoscalers = [each.spec for each in scaled if each.kind == "HorizontalPodAutoscaler"]
    assert {(each["minReplicas"], each["maxReplicas"]) for each in autoscalers} == {(2, 9)}
    assert {each["metrics"][0]["resource"]["target"]["averageValue"] for each in autoscalers} == {"500m"}


def test_an_external_mongodb_takes_the_place_of_the_one_here(charts: Charts) -> None:
    given = only(SHOP, "an external database by address")
    objects = charts.objects(SHOP, given.values)
    assert [each for each in objects if each.name == "mongodb"] == []
    secret = one(objects, "Secret", "external-mongodb")
    assert secret["stringData"] == {"uri": given.values["global"]["externalMongodb"]["uri"]}
    for service in ("userservice", "productservice", "orderservice"):
        found = variables(container(objects, "Deployment", service))
        assert found["MONGO_URI"] == of_secret("external-mongodb", "uri")
        assert "MONGO_ESHOP_PASSWORD" not in found
        policy = one(objects, "NetworkPolicy", service)["spec"]
        assert policy["egress"] == [{"ports": [{"port": 27018}, {"port": 27019}]}]
    by_name = charts.objects(SHOP, only(SHOP, "an external database by name").values)
    policy = one(by_name, "NetworkPolicy", "userservice")["spec"]
    assert policy["egress"] == [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 27017}]}]
    assert variables(container(by_name, "Deployment", "userservice"))["MONGO_URI"] == of_secret("mine", "uri")
    assert [each for each in by_name if each.name == "external-mongodb"] == []
    two = {"existing": "mine", "cidrs": ["10.0.0.0/8", "192.168.0.0/16"]}
    both = charts.objects(SHOP, {"mongodb": {"enabled": False}, "global": {"externalMongodb": two}})
    [rule] = one(both, "NetworkPolicy", "userservice")["spec"]["egress"]
    assert [each["ipBlock"]["cidr"] for each in rule["to"]] == two["cidrs"]


def test_an_external_postgresql_takes_the_place_of_the_one_here(charts: Charts) -> None:
    objects = charts.objects(BANK, only(BANK, "an external database by address").values)
    assert [each for each in objects if each.name == "postgresql"] == []
    assert one(objects, "Secret", "external-postgresql")["stringData"] == {
        "owner-dsn": "postgresql://boss:one@db.example.org:6432/bank?sslmode=require",
        "app-dsn": "postgresql://clerk:two@db.example.org:6432/bank?sslmode=require",
    }
    pod = one(objects, "Deployment", "walletservice")["spec"]["template"]["spec"]
    assert variables(pod["containers"][0])["POSTGRES_DSN"] == of_secret("external-postgresql", "app-dsn")
    assert variables(pod["initContainers"][0]) == {
        "POSTGRES_OWNER_DSN": of_secret("external-postgresql", "owner-dsn"),
        "POSTGRES_APP_ROLE": "clerk",
    }
    assert one(objects, "NetworkPolicy", "walletservice")["spec"]["egress"] == [{"ports": [{"port": 6432}]}]
    by_name = charts.objects(BANK, only(BANK, "an external database by name").values)
    assert [each for each in by_name if each.name == "external-postgresql"] == []
    plain = {"host": "db", "ownerPassword": "one", "appPassword": "two"}
    least = charts.objects(BANK, {"postgresql": {"enabled": False}, "global": {"externalPostgresql": plain}})
    assert one(least, "Secret", "external-postgresql")["stringData"] == {
        "owner-dsn": "postgresql://wallet_owner:one@db:5432/walletdb",
        "app-dsn": "postgresql://wallet_app:two@db:5432/walletdb",
    }


def test_another_place_of_the_bank_is_called_and_let_through(charts: Charts) -> None:
    objects = charts.objects(SHOP, only(SHOP, "another place").values)
    settings = one(objects, "ConfigMap", "paymentservice")["data"]
    assert settings["WALLETS_URL"] == "http://walletservice.elsewhere:5050"
    policy = repr(one(objects, "NetworkPolicy", "paymentservice"))
    assert "'kubernetes.io/metadata.name': 'elsewhere'" in policy
    assert "'kubernetes.io/metadata.name': 'eshop'" not in policy


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_another_setting_makes_other_pods_and_nothing_else_does(charts: Charts, half: str) -> None:
    def marks(values: dict[str, Any]) -> dict[str, str]:
        workloads = [each for each in charts.objects(half, values) if each.kind in ("Deployment", "StatefulSet")]
        return {each.name: each.template["metadata"]["annotations"]["checksum/configmap"] for each in workloads}

    service = "userservice" if half == SHOP else "walletservice"
    before, after = marks({}), marks({service: {"config": {"LOG_LEVEL": "DEBUG"}}})
    assert {name for name in before if before[name] != after[name]} == {service}
    if half == SHOP:
        elsewhere = marks({"global": {"namespaces": {"wallet": "elsewhere"}}})
        assert {name for name in before if before[name] != elsewhere[name]} == {"paymentservice"}


@pytest.mark.parametrize("half, database", [(SHOP, "mongodb"), (BANK, "postgresql")])
def test_another_script_makes_other_pods_of_a_database(own_charts: Charts, half: str, database: str) -> None:
    def mark() -> str:
        template = one(own_charts.render(half), "StatefulSet", database)["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/configmap"])

    before = mark()
    script = own_charts.folder / database / "start.sh"
    script.write_text(f"{script.read_text()}# another\n")
    assert mark() != before


@pytest.mark.parametrize(
    ("half", "values", "others"),
    [
        (
            SHOP,
            {"externalMongodb": {"uri": "mongodb://a:b@c/eshop"}},
            {"userservice", "productservice", "orderservice"},
        ),
        (BANK, {"externalPostgresql": {"host": "c", "ownerPassword": "a", "appPassword": "b"}}, {"walletservice"}),
    ],
)
def test_another_database_makes_other_pods_of_those_over_it_and_another_password_does_not(
    charts: Charts, half: str, values: dict[str, dict[str, str]], others: set[str]
) -> None:
    database = "mongodb" if half == SHOP else "postgresql"

    def marks(old: str, new: str) -> dict[str, Any]:
        changed = json.loads(json.dumps(values).replace(old, new))
        found = charts.objects(half, {database: {"enabled": False}, "global": changed})
        return {each.name: each.template["metadata"]["annotations"] for each in found if each.kind == "Deployment"}

    if half == SHOP:
        before, password, place = marks("", ""), marks("a:b@", "a:other@"), marks("@c/", "@elsewhere/")
    else:
        before, password, place = marks("", ""), marks('"b"', '"other"'), marks('"c"', '"elsewhere"')
    assert password == before
    assert {name for name in before if place[name] != before[name]} == others


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_a_test_comes_in_by_the_gate_and_goes_when_all_is_well(charts: Charts, half: str) -> None:
    hooks = [each for each in charts.objects(half, {"test": {"fail": True}}) if is_hook(each)]
    names = {SHOP: ["purchase", "refusal", "fail"], BANK: ["transfer", "overdraft", "fail"]}[half]
    assert [each.name for each in hooks if each.kind == "Pod"] == [f"helm-test-{each}" for each in names]
    about = {each.name: each.body["metadata"]["annotations"] for each in hooks}
    assert {each["helm.sh/hook-delete-policy"] for each in about.values()} == {"before-hook-creation,hook-succeeded"}
    weights = {name: each["helm.sh/hook-weight"] for name, each in about.items()}
    assert weights.pop("helm-test") == "-1", "what they need comes first"
    assert weights.pop("helm-test-fail") == "1", "what fails comes last"
    assert set(weights.values()) == {"0"}
    [policy] = [each.spec for each in hooks if each.kind == "NetworkPolicy"]
    gate = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "ingress-nginx-controller"}},
    }
    labels = {"app.kubernetes.io/name": "helm-test"}
    assert policy == {
        "podSelector": {"matchLabels": labels},
        "policyTypes": ["Ingress", "Egress"],
        "egress": [{"to": [gate]}],  # the port of a controller's pods is its own affair
    }
    for each in hooks:
        if each.kind == "Pod":
            assert labels.items() <= each.labels.items()
            [visit] = each.spec["containers"]
            assert visit["command"] == ["python", "/helm-test/visit.py", each.name.removeprefix("helm-test-")]
            assert each.spec["activeDeadlineSeconds"] >= 60
    assert not [each for each in charts.objects(half) if each.name == "helm-test-fail"]
    other = [each for each in charts.objects(half, only(half, "another domain").values) if each.kind == "Pod"]
    assert {variables(each.spec["containers"][0])["DOMAIN"] for each in other} == {"shop.example.org"}


@pytest.mark.parametrize("half", [SHOP, BANK])
def test_what_is_told_after_a_deployment_asks_for_each_host(own_charts: Charts, half: str) -> None:
    """Helm shows it of a release alone: as an object it can be seen without one."""
    templates = own_charts.folder / "helm" / half / "templates"
    line = (templates / "NOTES.txt").read_text().strip()
    told = line.removesuffix("}}") + "| quote }}"
    (templates / "told.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: told}}\ndata:\n  text: {told}\n"
    )
    objects = own_charts.render(half)
    text = one(objects, "ConfigMap", "told")["data"]["text"]
    assert "kubectl port-forward service/ingress-nginx-controller 8443:443 -n ingress-nginx" in text
    for rule in one(objects, "Ingress", "gate")["spec"]["rules"]:
        path = rule["http"]["paths"][0]["path"]
        assert f'curl -k -H "Host: {rule["host"]}" https://localhost:8443{path}' in text
