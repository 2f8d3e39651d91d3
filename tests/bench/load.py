"""The load: clients that ask one after the other, or requests that come at a rate whatever becomes of them.

Bytes and protocols on uvloop, asyncio's loop in C: a request costs some 60 microseconds, a tenth of what a comfortable
HTTP client takes, so that on a machine shared with the shop the clients are not what is measured.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvloop

GRACE = 15.0  # seconds for what is under way when time is up; the shop answers within 8
TICK = 0.001  # seconds between looks which requests of an open loop are due: a timer for each would cost more
LOST = 0  # in the place of a status: the connection ended before the answer
CREATED = 201

NextRequest = Callable[[], bytes]


@dataclass
class Measured:
    """What came of a load: how long each answer took, in seconds, by its status."""

    seconds: float = 0.0
    processor_seconds: float = 0.0  # of this process: what the load itself cost
    latencies: dict[int, list[float]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)  # of open loops: seconds by which a request left too late
    retry_after: int = 0  # answers that said when to come again

    def add(self, status: int, latency: float) -> None:
        self.latencies.setdefault(status, []).append(latency)

    def count(self, *statuses: int) -> int:
        return sum(len(self.latencies.get(each, ())) for each in statuses)

    @property
    def has_others(self) -> bool:
        """Whether anything but a payment was answered."""
        return self.latencies.keys() != {CREATED}

    def rate(self, status: int) -> float:
        """Answers of this status a second."""
        return self.count(status) / self.seconds

    @property
    def cost(self) -> float:
        """Processor seconds of the load's own a request."""
        return self.processor_seconds / max(1, sum(map(len, self.latencies.values())))

    def percentile(self, status: int, percent: float) -> float:
        """Seconds within which so many percent of the answers of this status came."""
        ordered = sorted(self.latencies[status])
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def closed(port: int, clients: int, seconds: float, next_request: NextRequest) -> Measured:
    """So many clients, each with one connection, asking again as soon as it is answered, or as a Retry-After says."""
    return uvloop.run(_closed(port, clients, seconds, next_request))


def open_loop(port: int, rate: float, seconds: float, next_request: NextRequest) -> Measured:
    """`rate` requests a second, whether or not earlier ones are answered; latencies count from when each was due."""
    return uvloop.run(_open(port, rate, seconds, next_request))


async def _closed(port: int, clients: int, seconds: float, next_request: NextRequest) -> Measured:
    measured = Measured()
    connections = [_Connection(port, measured) for _ in range(clients)]
    await asyncio.gather(*(each.open() for each in connections))
    with _timed(measured):
        ends_at = time.perf_counter() + seconds
        await asyncio.wait_for(
            asyncio.gather(*(_ask_until(each, ends_at, next_request) for each in connections)), seconds + GRACE
        )
    for each in connections:
        each.close()
    return measured


async def _ask_until(connection: "_Connection", ends_at: float, next_request: NextRequest) -> None:
    while (left := ends_at - time.perf_counter()) > 0:
        pause = await connection.ask(next_request(), began=time.perf_counter())
        if pause:
            await asyncio.sleep(min(pause, left))


async def _open(port: int, rate: float, seconds: float, next_request: NextRequest) -> Measured:
    measured = Measured()
    idle: list[_Connection] = []
    asking: set[asyncio.Task[None]] = set()

    async def ask(due: float) -> None:
        connection = idle.pop() if idle else _Connection(port, measured)
        await connection.ask(next_request(), began=due)
        idle.append(connection)

    with _timed(measured):
        began = time.perf_counter()
        for number in range(int(rate * seconds)):
            due = began + number / rate
            while due > time.perf_counter():
                await asyncio.sleep(TICK)
            measured.late.append(time.perf_counter() - due)
            asking.add(asyncio.create_task(ask(due)))
        await asyncio.wait(asking, timeout=GRACE)
    for each in idle:
        each.close()
    return measured


@contextmanager
def _timed(measured: Measured) -> Iterator[None]:
    began, processor = time.perf_counter(), time.process_time()
    yield
    measured.seconds = time.perf_counter() - began
    measured.processor_seconds = time.process_time() - processor


class _Connection(asyncio.Protocol):
    """One connection that is kept open, and opened again when the other side has closed it."""

    def __init__(self, port: int, measured: Measured) -> None:
        self._port = port
        self._measured = measured
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[bytes] | None = None
        self._received = b""

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    async def ask(self, request: bytes, *, began: float) -> float:
        """Send a request; its answer is measured from `began`. Gives the seconds of its Retry-After, else zero."""
        try:
            if self._transport is None or self._transport.is_closing():
                await self.open()
            assert self._transport
            self._answered = asyncio.get_running_loop().create_future()
            self._transport.write(request)
            head = await self._answered
        except OSError:
            self._measured.add(LOST, time.perf_counter() - began)
            return 0.0
        self._measured.add(int(head[9:12]), time.perf_counter() - began)
        pause = _number(head, b"retry-after")
        self._measured.retry_after += pause > 0
        return pause

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if end and len(body) >= _number(head, b"content-length"):
            self._received = b""
            if self._answered and not self._answered.done():
                self._answered.set_result(head)

    def connection_lost(self, _: Exception | None) -> None:
        self._received = b""
        if self._answered and not self._answered.done():
            self._answered.set_exception(ConnectionResetError())


def _number(head: bytes, name: bytes) -> int:
    """What a header says, or zero."""
    _, found, rest = head.lower().partition(b"\r\n" + name + b":")
    return int(rest.partition(b"\r\n")[0]) if found else 0
