"""The charts against the plain manifests: what one has and the other has not."""

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from tests.architecture.manifests import MANIFESTS, Manifest, the
from tests.helm.charts import OWNED, Charts, Values, is_hook
from tests.pods import HALVES, SECRETS

# Of the cluster, and applied from the same files whichever way the shop comes: what no release has.
OF_THE_CLUSTER = [each for each in MANIFESTS if each.kind == "Namespace" or each.file.parent.name == "controller"]
PLAIN = [each for each in MANIFESTS if each not in OF_THE_CLUSTER]
NOTHING = object()  # what stands where a key does not


def data(half: str, name: str) -> dict[str, str]:
    found = the("Secret", half, name).body["data"]
    return {key: base64.b64decode(value).decode() for key, value in found.items()}


def plain_values(half: str) -> Values:
    """Those that stand for the plain manifests: credentials, certificate, no restart by a ConfigMap."""
    certificate = data(half, "tls")
    return {
        "global": {
            "restartOnChange": False,
            "secrets": {name: {"data": data(half, name)} for name in SECRETS[half]},
        },
        "tls": {"certificate": certificate["tls.crt"], "key": certificate["tls.key"]},
    }


def rendered(charts: Charts) -> list[Manifest]:
    """Both releases under those values, without the labels that Helm owns and without its tests."""
    found = [each for half in HALVES for each in charts.render(half, plain_values(half))]
    return [_without_helms_labels(each) for each in found if not is_hook(each)]


def _without_helms_labels(manifest: Manifest) -> Manifest:
    labels = {name: value for name, value in manifest.labels.items() if name not in OWNED}
    return Manifest(manifest.file, {**manifest.body, "metadata": {**manifest.body["metadata"], "labels": labels}})


def differences(plain: Iterable[Manifest], charts: Iterable[Manifest]) -> list[str]:
    """A line each, none where both say the same."""
    ours, theirs = _by_name(plain), _by_name(charts)
    only = [*(f"{name}: not in the charts" for name in ours.keys() - theirs.keys())]
    only += [f"{name}: not in the plain manifests" for name in theirs.keys() - ours.keys()]
    return sorted(only) + [
        line for name in sorted(ours & theirs.keys()) for line in _unlike(ours[name], theirs[name], name)
    ]


def _by_name(manifests: Iterable[Manifest]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in manifests:
        name = f"{each.kind} {each.namespace}/{each.name}"
        assert name not in found, f"{name} stands twice"
        found[name] = each.body
    return found


def _unlike(ours: Any, theirs: Any, where: str) -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _unlike(ours.get(key, NOTHING), theirs.get(key, NOTHING), f"{where} .{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _unlike(one, other, f"{where} [{number}]")
    elif type(ours) is not type(theirs) or ours != theirs:
        told = ["nothing" if each is NOTHING else repr(each) for each in (ours, theirs)]
        yield f"{where}: {told[0]} and in the charts {told[1]}"
