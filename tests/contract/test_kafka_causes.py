"""Why a Kafka cluster does not answer: a broker that hangs, a port of something else, a closed one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.server_checks import ServerChecks

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    writer.write(bytes(range(7, 200)))
    await writer.drain()
    writer.close()


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(65_536):
        pass
    writer.close()


async def _reason(port: int) -> str:
    checks = ServerChecks({"kafka": Credentials(f"127.0.0.1:{port}")})
    try:
        (found,) = await checks.look()
    finally:
        await checks.close()
    assert not found.ok
    assert f"127.0.0.1:{port}" in found.reason
    return found.reason


@pytest.mark.parametrize(("serve", "words"), [(_babble, "not Kafka's protocol"), (_hang, "busy or hanging")])
async def test_what_answers_wrongly_or_not_at_all(serve: Serve, words: str) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        assert words in await _reason(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def test_a_closed_port() -> None:
    assert "connection refused" in await _reason(1)
