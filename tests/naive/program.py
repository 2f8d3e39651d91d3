"""The naive checkout as a program on this machine, which takes the place of paymentservice, and its harm."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

from local.catalogue import SERVICES
from local.settings import CHECKOUT
from tests.faults.programs import Programs
from tests.ports import free_ports
from tests.running import RunningShop

PAYMENTS = "paymentservice"


class NaiveCheckout:
    """A process of its own, which ends with this one."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **{each.url_variable: urls[each.name] for each in SERVICES}}
        self._port = free_ports(["NAIVE_PORT"])["NAIVE_PORT"]
        self._process = self._started()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def kill(self) -> None:
        """End it without warning, and start it again."""
        self.close()
        self._process = self._started()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.naive.checkout", str(self._port)],
            cwd=CHECKOUT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


class NaivePrograms(Programs):
    """The shop's programs, the naive checkout among them in the place of its own."""

    def __init__(self, programs: Programs, checkout: NaiveCheckout) -> None:
        self._programs, self._checkout = programs, checkout

    def kill(self, name: str) -> bool:
        if name != PAYMENTS:
            return self._programs.kill(name)
        self._checkout.kill()
        return True

    def freeze(self, name: str) -> bool:
        if name != PAYMENTS:
            return self._programs.freeze(name)
        self._checkout.send(signal.SIGSTOP)
        return True

    def thaw(self, name: str) -> None:
        if name == PAYMENTS:
            self._checkout.send(signal.SIGCONT)
        else:
            self._programs.thaw(name)

    def scale(self, name: str, replicas: int) -> bool:
        return name != PAYMENTS and self._programs.scale(name, replicas)

    def mend(self) -> None:
        self._programs.mend()


class NaiveShop:
    """A shop, where payments go to the naive checkout."""

    def __init__(self, shop: RunningShop, checkout: NaiveCheckout) -> None:
        self._shop, self._checkout = shop, checkout

    @property
    def urls(self) -> Mapping[str, str]:
        return {**self._shop.urls, PAYMENTS: self._checkout.url}

    @property
    def mongo_uri(self) -> str:
        return self._shop.mongo_uri

    @property
    def postgres_dsn(self) -> str:
        return self._shop.postgres_dsn
