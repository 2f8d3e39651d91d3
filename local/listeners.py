"""Who listens on a port of this machine, as far as the system tells."""

import socket
from collections.abc import Iterable, Iterator

import psutil

LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def why_not(port: int) -> str:
    """Why a server cannot listen on this port, or nothing."""
    # On a Mac a bind to 127.0.0.1 succeeds beside a listener on all addresses, so ask by connecting first.
    if any(_answers(family, host, port) for family, host in LOOPBACK):
        return "in use"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return "not open to this user"
        except OSError:
            return "in use"
    return ""


def holder(port: int) -> str:
    """The process that listens on the port, or nothing where the system does not tell."""
    for process in _processes_with_sockets():
        if port in listening_ports([process]):
            try:
                return f"process {process.pid}: {' '.join(process.cmdline())[:120] or process.name()}"
            except psutil.Error:
                return f"process {process.pid}"
    return ""


def listening_ports(processes: Iterable[psutil.Process]) -> set[int]:
    ports = set()
    for process in processes:
        try:
            connections = process.net_connections(kind="tcp")
        except psutil.Error:
            continue
        ports |= {item.laddr.port for item in connections if item.status == psutil.CONN_LISTEN and item.laddr}
    return ports


def _answers(family: int, host: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.settimeout(0.5)
            return probe.connect_ex((host, port)) == 0
    except OSError:
        return False


def _processes_with_sockets() -> Iterator[psutil.Process]:
    try:
        pids = {item.pid for item in psutil.net_connections(kind="tcp") if item.pid}
    except psutil.Error:  # a Mac shows the table of all connections to root alone, but each user his own processes
        yield from psutil.process_iter()
        return
    for pid in sorted(pids):
        try:
            yield psutil.Process(pid)
        except psutil.Error:
            continue
