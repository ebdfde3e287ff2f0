"""Serves an ASGI application until told to stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import uvicorn
from hypercorn.asyncio import serve
from hypercorn.config import Config

log = logging.getLogger("http")


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """The process handles signals itself."""


def listening(host: str, port: int) -> socket.socket:
    """A socket whose connections send at once what they are given. Raises OSError where the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # inherited by its connections: else the body of an answer waits 40 ms for the client to acknowledge the headers
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener


async def serve_http(application: Any, host: str, port: int, stop: asyncio.Event) -> None:
    """Listens on `host`:`port` until `stop` is set. Raises OSError where the port is taken."""
    listener = listening(host, port)
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="off",
        h11_max_incomplete_event_size=4 * 1024 * 1024,
    )
    server = _Server(config)
    log.info("listening on %s:%d", host, port)

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        await server._serve(sockets=[listener])  # pyright: ignore[reportPrivateUsage]
    finally:
        ending.cancel()
        listener.close()


async def serve_http2(application: Any, host: str, port: int, stop: asyncio.Event) -> None:
    """As `serve_http`, but speaks HTTP/2 (without TLS: by prior knowledge or upgrade) and WebSocket as well."""
    config = Config()
    config.bind = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
    config.accesslog = None
    config.errorlog = None
    config.graceful_timeout = 2
    config.shutdown_timeout = 2
    config.h11_max_incomplete_size = 4 * 1024 * 1024
    config.include_server_header = False
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))  # a port that is taken is said at once
    log.info("listening on %s:%d", host, port)

    async def until_stopped() -> None:
        await stop.wait()

    await serve(application, config, shutdown_trigger=until_stopped)
