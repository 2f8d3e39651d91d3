"""How much memory the shop's programs hold."""

import psutil

from local.shop import Shop

MIB = 1024 * 1024


def memory(shop: Shop) -> dict[str, float]:
    """MiB by program; what its processes share is counted once."""
    return {name: round(sum(map(_private, _tree(pid))) / MIB, 1) for name, pid in shop.processes().items()}


def _tree(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _private(process: psutil.Process) -> float:
    """Bytes: proportional, where the system tells them (Linux), and what only this process holds elsewhere."""
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0.0
    return float(getattr(full, "pss", full.uss))
