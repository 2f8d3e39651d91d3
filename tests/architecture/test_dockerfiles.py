"""The five Dockerfiles: one text but for the service's name, and what every one of them must say."""

import json
import re
from pathlib import Path

import pytest

import chassis.gunicorn
from chassis.service import VERSION
from chassis.settings import ServiceSettings
from local.catalogue import SERVICE_NAMES

ROOT = Path(__file__).resolve().parents[2]
BASE = "python:3.13-slim"
LABELS = {"title", "description", "version", "revision", "licenses", "base.name"}
ARCHITECTURES = re.compile(r"amd64|x86|arm64|aarch64|--platform|TARGETARCH", re.IGNORECASE)


def dockerfile(service: str) -> str:
    return (ROOT / service / "Dockerfile").read_text()


def instructions(service: str) -> list[tuple[str, str]]:
    """Each instruction and its arguments; lines that are continued are one, comments are left out."""
    text = re.sub(r"^#.*\n", "", dockerfile(service), flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, arguments) for word, _, arguments in (line.partition(" ") for line in text.splitlines() if line)]


def arguments_of(service: str, instruction: str) -> list[str]:
    return [arguments for word, arguments in instructions(service) if word == instruction]


def test_the_dockerfiles_are_equal_but_for_the_name() -> None:
    assert {each.parent.name for each in ROOT.rglob("Dockerfile")} == set(SERVICE_NAMES)
    assert len({dockerfile(service).replace(service, "<service>") for service in SERVICE_NAMES}) == 1


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_an_image_is_built_in_two_stages_on_the_base_that_setup_sh_measures_it_against(service: str) -> None:
    assert arguments_of(service, "FROM") == [f"{BASE} AS build", BASE]
    assert f"BASE_IMAGE={BASE}\n" in (ROOT / "setup" / "docker.sh").read_text()


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_an_image_runs_as_a_number_that_is_not_roots(service: str) -> None:
    [user] = arguments_of(service, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), user


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_no_shell_stands_between_the_engine_and_the_service(service: str) -> None:
    """It would keep the signal to stop to itself."""
    [command] = arguments_of(service, "CMD")
    assert json.loads(command) == ["gunicorn", "-c", "chassis/gunicorn.py", f"{service}.app:create_app()"]
    assert arguments_of(service, "ENTRYPOINT") == []


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_no_architecture_is_named(service: str) -> None:
    assert not ARCHITECTURES.search(dockerfile(service))


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_an_image_says_what_it_is(service: str) -> None:
    [label] = arguments_of(service, "LABEL")
    labels = dict(re.findall(r'org\.opencontainers\.image\.([a-z.]+)="(.*?)"', label))
    assert set(labels) == LABELS
    assert labels["title"] == service
    assert labels["base.name"] == f"docker.io/library/{BASE}"
    assert {"VERSION", "REVISION"} <= set(arguments_of(service, "ARG"))
    assert (labels["version"], labels["revision"]) == ("$VERSION", "$REVISION")
    assert labels["licenses"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_what_changes_with_every_commit_comes_last(service: str) -> None:
    """Else every build would begin anew: packages before code, labels after all."""
    words = [f"{word} {arguments}" for word, arguments in instructions(service)]
    packages = next(place for place, text in enumerate(words) if "pip" in text)
    code = words.index(f"COPY {service} {service}")
    assert words.index(f"COPY {service}/requirements.txt /requirements.txt") < packages < code
    assert [text.partition(" ")[0] for text in words[-3:]] == ["ARG", "ARG", "LABEL"]


def test_a_container_listens_where_its_settings_say() -> None:
    bind = ["0.0.0.0:5000", f"0.0.0.0:{ServiceSettings.model_fields['internal_port'].default}"]
    assert chassis.gunicorn.bind == bind
    for service in SERVICE_NAMES:
        [ports] = arguments_of(service, "EXPOSE")
        assert [f"0.0.0.0:{port}" for port in ports.split()] == bind


def test_the_version_of_the_images_is_that_of_the_services() -> None:
    assert re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE) == [VERSION]
