"""README.md as it stands, typed by somebody who runs the shop with Docker Compose."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pymongo
import pytest
import requests

from tests.compose import docker
from tests.readme.checkout import copy_checkout, demand_no_project, demand_usual_ports, environment
from tests.readme.page import ROOT, WITH_COMPOSE, steps_of
from tests.readme.reader import Reader
from tests.readme.tables import chapter

PROJECT = "eshop"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    demand_usual_ports()
    demand_no_project(PROJECT, things_of_the_project())
    reader = Reader(copy_checkout(tmp_path / "eshop"), {**environment(), "PATH": path(tmp_path / "bin")})
    try:
        yield reader
    finally:
        down = ["docker", "compose", "down", "--remove-orphans", "--volumes", "--timeout=2"]
        subprocess.run(down, cwd=reader.folder, env=reader.environment, timeout=120, check=True)


def things_of_the_project() -> list[str]:
    label = f"label=com.docker.compose.project={PROJECT}"
    lists = {"container": ("ps", "-a"), "volume": ("volume", "ls"), "network": ("network", "ls")}
    return [
        f"{kind} {each}"
        for kind, command in lists.items()
        for each in docker(*command, "-q", "--filter", label).stdout.split()
    ]


def path(folder: Path) -> str:
    """Where Docker comes without the command docker-compose, the page says to type `docker compose`."""
    usual = environment()["PATH"]
    if shutil.which("docker-compose", path=usual):
        return usual
    folder.mkdir()
    (folder / "docker-compose").write_text('#!/bin/sh\nexec docker compose "$@"\n')
    (folder / "docker-compose").chmod(0o755)
    return f"{folder}:{usual}"


@pytest.mark.timeout(1800)
def test_every_command_works_and_prints_what_the_page_says(reader: Reader) -> None:
    reader.follow(steps_of(ROOT / "README.md", WITH_COMPOSE))


@pytest.mark.timeout(600)
def test_the_addresses_on_the_page_lead_to_services_and_databases(images: None, reader: Reader) -> None:
    subprocess.run(["docker", "compose", "up", "-d", "--wait"], cwd=reader.folder, env=reader.environment, check=True)
    told = chapter("With Docker Compose")
    urls = re.findall(r"http://localhost:\S+", told)
    assert len(urls) == 10
    assert {url: requests.get(url, timeout=10).status_code for url in urls} == dict.fromkeys(urls, 200)
    with pymongo.MongoClient[dict[str, object]](*re.findall(r"mongodb://[^`]+@[^`]+", told)) as client:
        assert client.get_default_database().users.count_documents({}) == 0
    with closing(psycopg2.connect(*re.findall(r"postgresql://[^`]+", told))) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM wallets")
        assert cursor.fetchone() == (0,)
