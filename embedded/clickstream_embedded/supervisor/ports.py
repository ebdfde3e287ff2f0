"""Ports for the servers: the usual ones, or free ones where those are taken."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable

DEFAULTS = {"kafka": 9092, "connect": 8083, "ksqldb": 8088, "elasticsearch": 9200}
REGISTRY = "schema-registry"  # runs only where a port is wanted for it


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_free(ports: Iterable[int], seconds: float) -> None:
    """Returns when all these ports can be had again, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(is_free(port) for port in ports):
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def choose(wanted: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    """A port for each server: the wanted one (0 means any), else last time's, else a free one."""
    chosen: dict[str, int] = {}
    servers = {**DEFAULTS, **({REGISTRY: wanted[REGISTRY]} if REGISTRY in wanted else {})}
    for name, default in servers.items():
        candidates = [wanted.get(name, default), before.get(name, 0)]
        found = next((port for port in candidates if port and is_free(port) and port not in chosen.values()), None)
        chosen[name] = found if found is not None else free_port()
    return chosen
