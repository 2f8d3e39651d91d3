"""README.md against the code: what it repeats, it repeats rightly."""

import re

import pytest

from local.catalogue import SERVICES
from tests.readme.page import ROOT
from tests.readme.tables import README, chapter, table

COMPOSE = re.sub(r"^ *#.*$", "", (ROOT / "docker-compose.yaml").read_text(), flags=re.MULTILINE)
SETUP = "".join(each.read_text() for each in (ROOT / "setup.sh", *sorted((ROOT / "setup").glob("*.sh"))))
OF_THE_SHELL = {"BASH_SOURCE", "BASH_REMATCH", "PWD", "SECONDS", "TMPDIR", "USER"}


def test_the_commands_are_those_of_setup_sh() -> None:
    [commands] = re.findall(r"^COMMANDS=\((.*?)^\)", SETUP, re.MULTILINE | re.DOTALL)
    [services] = re.findall(r"^SERVICES=\((.*)\)$", SETUP, re.MULTILINE)
    assert set(services.split()) == {service.name for service in SERVICES}
    rows = {*re.findall(r'^  "([a-z ]+);', commands, re.MULTILINE), "docker <service>", "-h"} - {"docker"}
    listed = [row[0].strip("`").removeprefix("./setup.sh ") for row in table(chapter("All commands of setup.sh"))]
    assert [row for row in rows if not any(each.startswith(row) for each in listed)] == []
    possible = "|".join([*rows, *(f"docker {service.name}" for service in SERVICES)])
    told = re.findall(r"\./setup\.sh ([^`#\n]+)", README + (ROOT / "CONTRIBUTING.md").read_text())
    assert [each for each in told if not re.match(rf"(?:{possible})(?!\w)", each)] == []


def variables(way: str) -> dict[str, str]:
    """The defaults of the variables that hold for a way."""
    rows = table(chapter("Ports and other variables"))
    both = () if way == "Kubernetes" else ("both",)  # of the two ways that were there first
    return {name.strip("`"): default.strip("`") for name, default, ways, _ in rows if ways in (way, *both)}


def test_the_variables_are_those_that_local_mode_and_setup_sh_read() -> None:
    told = variables("this machine")
    for service in SERVICES:
        assert told.pop(service.port_variable) == str(service.port)
    assert (told.pop("MONGO_PORT"), told.pop("POSTGRES_PORT")) == ("2717", "5432")
    assert told.pop("USERS_INTERNAL_PORT`, `PRODUCTS_INTERNAL_PORT`, …") == "5050 to 5054"
    assert {service.internal_port for service in SERVICES} == set(range(5050, 5055))
    settings = (ROOT / "local" / "settings.py").read_text()
    assert set(told) == set(re.findall(r'"(MONGOD|[A-Z]+_[A-Z]+)"', settings)) | {"PYTHON"}
    assert "${PYTHON:-}" in SETUP


def test_the_variables_are_those_that_docker_compose_reads_with_the_defaults_that_hold_there() -> None:
    assert set(re.findall(r"\$\{(\w+):-(.*?)\}", COMPOSE)) == set(variables("Docker").items())
    assert len(re.findall(r"\$", COMPOSE)) == len(re.findall(r"\$\{\w+:-", COMPOSE)), "a variable without a default"


def test_the_variables_are_those_that_the_commands_for_kubernetes_read() -> None:
    own = OF_THE_SHELL.union(re.findall(r"\b([A-Z_]+)\+?=", SETUP))
    read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)\b", SETUP)) - own
    assert read - set(variables("this machine")) - set(variables("Docker")) == set(variables("Kubernetes"))


def test_the_credentials_of_env_are_those_that_everybody_knows_the_defaults_of() -> None:
    [written] = re.findall(r"^CREDENTIALS=\((.*?)\)$", SETUP, re.MULTILINE | re.DOTALL)
    known = {name for name, default in variables("Docker").items() if default.startswith("development-only")}
    assert set(written.split()) == known


def test_what_env_offers_to_move_is_what_docker_compose_publishes() -> None:
    offered = dict(re.findall(r"^# ([A-Z_]+)=(\S+)$", SETUP, re.MULTILINE))
    published = {name: default for name, default in variables("Docker").items() if name.endswith(("_PORT", "_ADDRESS"))}
    assert offered == published


def test_the_drawing_of_the_networks_is_docker_compose_yaml() -> None:
    drawn = re.findall(r"^([a-z-]+)   +(\S.* ── .*)$", README, re.MULTILINE)
    services = re.findall(r"^  (\w+):\n(?:(?:    .*)?\n)*?    networks: \[(.*)\]$", COMPOSE, re.MULTILINE)
    joined = {(network, service) for service, networks in services for network in networks.split(", ")}
    assert {(network, name) for network, names in drawn for name in re.findall(r"\w+", names)} == joined
    assert len(services) == 8


def test_the_tiers_are_the_folders_of_tests() -> None:
    told = {row[0].strip("`") for row in table(README[README.index("| tier |") : README.index("## What is promised")])}
    folders = {each.parent.name for each in ROOT.glob("tests/*/**/test_*.py") if each.parent.parent.name == "tests"}
    named = re.search(r'^TIERS="(.*)"$', SETUP, re.MULTILINE)
    assert named
    assert told == {*named.group(1).split(), "docker", "kubernetes"} == folders | {"unit"}


def test_the_tools_that_are_wanted_are_those_that_the_doctor_asks_for() -> None:
    told = set(re.findall(r"\b(Compose|kind|kubectl|Helm) (\d+\.\d+)", chapter("Three ways to run it, and a fourth")))
    asked = re.findall(r"^  check_version (kind|kubectl|Helm) (\S+) ", SETUP.replace(" helm ", " Helm "), re.MULTILINE)
    [compose] = set(re.findall(r"older than ([\d.]+)\" \"\$GET_COMPOSE", SETUP))
    assert told == {*asked, ("Compose", compose)}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_a_link_within_the_pages_leads_to_a_chapter(page: str) -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
    links = re.findall(r"\((?:README\.md)?#([^)]+)\)", (ROOT / page).read_text())
    assert links
    assert [each for each in links if each not in anchors] == []


@pytest.mark.parametrize("source", ["setup.sh", "local/servers.py"])
def test_a_message_names_a_chapter_that_there_is(source: str) -> None:
    [title] = re.findall(r"see '(.*)' in README\.md", (ROOT / source).read_text())
    assert chapter(title)
