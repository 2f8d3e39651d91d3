"""How gunicorn runs a service: `gunicorn -c chassis/gunicorn.py 'userservice.app:create_app()'`."""

import gc
import os
from collections.abc import Callable
from pathlib import Path

import gevent

from chassis import logs
from chassis.limits import Limits
from chassis.turns import turns

YOUNG_OBJECTS = 20_000  # until garbage is looked for; Python's 700 are two requests', and most of them still in use
LOGS_SECONDS = 0.05  # until lines are written together: each writing wakes whoever reads the log
LOOK_SECONDS = 0.001  # after which gevent looks which sockets can be read, the next time it counts fifty callbacks
_limits = Limits.read()
_host = os.environ.get("BIND", "0.0.0.0")
_ports = (os.environ.get("PORT", "5000"), os.environ.get("INTERNAL_PORT", "5050"))

bind = [f"{_host}:{port}" for port in _ports]
workers = 1  # one process: /metrics is whole and there is one decider; more throughput is more replicas
worker_class = "chassis.worker.Worker"  # gevent: half-sent requests cost a greenlet, not a thread
worker_connections = _limits.max_connections
timeout = 30  # seconds without a sign of life before the worker is replaced
graceful_timeout = 10  # seconds to finish what is under way: longer than any request's 8
keepalive = _limits.idle_seconds
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # writable in a container that is read-only
control_socket_disable = True
sendfile = False  # past the worker, which sends head and body together
# No header is believed that a proxy might have set: the two lists are empty. "*" spares the look at each peer.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
forwarded_allow_ips = "*"
logger_class = "chassis.worker.Log"
logconfig_dict = logs.stdlib_config(os.environ.get("LOG_LEVEL", "INFO"))


def after(seconds: float) -> Callable[[Callable[[], object]], None]:
    """What calls what it is given so many seconds later, each by a new timer: one that has run has no time left."""
    loop = gevent.get_hub().loop

    def later(call: Callable[[], object]) -> None:
        loop.timer(seconds).start(call)

    return later


def post_worker_init(_: object) -> None:
    """Serve fast: what the start has made stays, so that no collection need walk through it; loggers stay as they are,
    and their lines are written together; requests are answered one at a time, and other services' answers read between.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    logs.keep_loggers()
    logs.in_portions(after(LOGS_SECONDS))
    turns.one_at_a_time(gevent.get_hub().loop.run_callback)
    gevent.setswitchinterval(LOOK_SECONDS)
