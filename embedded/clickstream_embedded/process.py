"""What every embedded server process shares: its arguments, its log, its parent and its end.

A server ends on SIGTERM, on SIGINT and when its standard input closes. The supervisor holds the other end of that
pipe, so no server outlives it, however it died.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG_VARIABLE = "CLICKSTREAM_LOG"  # the environment's variable with the log's file
LOG_LIMIT = 5 * 1024 * 1024  # bytes of a log; one older file is kept
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where a server keeps its data and where it listens; `extra` holds the server's own options."""

    data: Path
    host: str
    port: int
    extra: dict[str, str]


def parse_options(name: str, extra: dict[str, str]) -> ServerOptions:
    """Reads a server's command line; `extra` maps each further option to its default."""
    parser = argparse.ArgumentParser(prog=f"clickstream-{name}")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--watch-parent", action="store_true", help="end when standard input closes")
    for option, default in extra.items():
        parser.add_argument(f"--{option}", default=default)
    arguments = parser.parse_args()
    values = {option: str(getattr(arguments, option.replace("-", "_"))) for option in extra}
    return ServerOptions(arguments.data, arguments.host, arguments.port, values)


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def serve_forever(name: str, serve: Callable[[asyncio.Event], Awaitable[None]], host: str = "127.0.0.1") -> int:
    """Runs `serve` until a signal, the end of standard input or its own return; gives the exit code.

    `serve` gets an event that is set when it should end.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, handlers=[_log_handler()])
    for noisy in ("httpx", "httpcore", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    log = logging.getLogger(name)
    if not is_loopback(host):
        log.warning("%s listens on %s: anybody who can reach this machine can read and change its data", name, host)

    async def run() -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        if "--watch-parent" in sys.argv:
            await _watch_parent(stop)
        try:
            await serve(stop)
        except OSError as error:
            log.error("%s cannot go on: %s", name, error)
            return 1
        return 0

    return asyncio.run(run())


def _log_handler() -> logging.Handler:
    """The log's file where the parent names one, so that a long run does not fill the disk; else standard output.

    The name is taken out of the environment: a child that inherited it would turn the same file over.
    """
    path = os.environ.pop(LOG_VARIABLE, "")
    if not path:
        return logging.StreamHandler(sys.stdout)
    return RotatingFileHandler(path, maxBytes=LOG_LIMIT, backupCount=1, encoding="utf-8")


async def _watch_parent(stop: asyncio.Event) -> None:
    class Pipe(asyncio.Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            stop.set()

    await asyncio.get_running_loop().connect_read_pipe(Pipe, sys.stdin)
