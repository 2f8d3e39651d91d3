"""What may differ between a page and what is printed, and what must not."""

from tests.readme.reader import constant


def told_apart(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if constant(pair[0]) != constant(pair[1])]


def test_times_sizes_and_ages_may_differ_and_nothing_else() -> None:
    same = [
        ('{"datetime":"2026-11-25T02:19:59+00:00"}', '{"datetime":"2025-01-02T03:04:05.678+02:00"}'),
        ("2026-11-25T02:19:59Z", "2025-01-02T03:04:05Z"),
        ("web:1.0   99 MB, 40 MB over base", "web:1.0  326 MB, 7 MB over base"),
        (" kind | amount \n charged | 5", " kind | amount\n charged |   5 "),
        ("web  Up 21 seconds (healthy)", "web    Up About a minute (healthy)  \n"),
        ('"request_id":"fbeab81ff90b4991b84303e25bfaa781"', '"request_id":"5f56e36fb02c4779921765af85a7ee74"'),
    ]
    assert told_apart(same) == []
    other = [
        ('"amount":850.9', '"amount":850.8'),
        ('"quantity":99', '"quantity":100'),
        ('{"a":1}', '{"a": 1}'),
        ("Up 21 seconds (healthy)", "Up 21 seconds (health: starting)"),
        ("2026-11-25T02:19:59Z", "2026-11-25"),
        ("one\ntwo", "one two"),
    ]
    assert told_apart(other) == other


def test_pods_ages_addresses_and_versions_of_a_cluster_may_differ_and_nothing_else() -> None:
    same = [
        (
            "userservice-5f7768466b-9g8pp  1/1  Running  0  26s",
            "userservice-78d67ddcfb-gbh86   1/1  Running  0   2m5s\n",
        ),
        ("mongodb-0  1/1  Running  0  59m", "mongodb-0  1/1  Running  0  3h4m"),
        ("userservice  ClusterIP  10.96.66.243  5000/TCP  7d23h", "userservice  ClusterIP  10.0.0.1  5000/TCP  2y35d"),
        ("eshop-control-plane   Ready   v1.36.3", "eshop-control-plane   Ready   v1.32.0"),
    ]
    assert told_apart(same) == []
    other = [
        ("userservice-5f7768466b-9g8pp", "orderservice-5f7768466b-9g8pp"),
        ("userservice-5f7768466b-9g8pp", "userservice-5f7768466b"),
        ("mongodb-0  1/1  Running  0  26s", "mongodb-1  1/1  Running  0  26s"),
        ("mongodb-0  1/1  Running  0  26s", "mongodb-0  0/1  Running  0  26s"),
        ("mongodb-0  1/1  Running  0  26s", "mongodb-0  1/1  Running  1 (4s ago)  26s"),
        ("mongodb  ClusterIP  None  27017/TCP  26s", "mongodb  ClusterIP  10.96.66.243  27017/TCP  26s"),
        ("from 127.0.0.1:8443 -> 443", "from 127.0.0.2:8443 -> 443"),
        ("deployment/4m", "deployment/5m"),
    ]
    assert told_apart(other) == other


def test_an_id_stays_what_it_is() -> None:
    """Its parts may look as an age does."""
    for one in (
        "7e876939-5730-55a8-86d7-c3b3227d3dcc",
        "64a6b0a476d49ca2783f5fd2",
        "194d2fc7-123d-5c33-345d-7122e11a4258",
    ):
        assert constant(f"{one} {{{one}}}") == f"{one} {{{one}}}"
