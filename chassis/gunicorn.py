"""How gunicorn runs a service: `gunicorn -c chassis/gunicorn.py 'userservice.app:create_app()'`."""

import gc
import os
from pathlib import Path

import gevent

from chassis import logs
from chassis.limits import Limits

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
forwarded_allow_ips = ""  # no X-Forwarded header is believed, so none is looked at
logger_class = "chassis.worker.Log"
logconfig_dict = logs.stdlib_config(os.environ.get("LOG_LEVEL", "INFO"))


def post_worker_init(_: object) -> None:
    """Serve fast: what the start has made stays, so that no collection need walk through it; loggers stay as they are;
    one turn of gevent's loop writes its log lines together."""
    gc.collect()
    gc.freeze()
    logs.keep_loggers()
    logs.in_portions(gevent.get_hub().loop.run_callback)
