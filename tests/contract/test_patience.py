"""How long a server that hangs is waited for: less once it has answered, as then it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.server_checks import ServerChecks

_BODY = b'{"version": {"number": "7.14.0", "build_flavor": "default"}, "tagline": "You Know, for Search"}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nX-elastic-product: Elasticsearch\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Door:
    """Answers as a search server does, or takes requests and says nothing."""

    def __init__(self) -> None:
        self.open = True
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if self.open:
            writer.write(_ANSWER)
            await writer.drain()
        else:
            await self.ended.wait()
        writer.close()


@asynccontextmanager
async def door() -> AsyncGenerator[tuple[Door, str], None]:
    made = Door()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    try:
        yield made, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        made.ended.set()
        server.close()


async def test_a_server_that_has_answered_is_waited_for_less_long_than_one_that_never_did() -> None:
    async with door() as (made, url):
        known = ServerChecks({"elasticsearch": Credentials(url)})
        fresh = ServerChecks({"elasticsearch": Credentials(url)})
        try:
            (check,) = await known.look()
            assert check.ok
            assert check.version == "7.14.0"
            made.open = False
            (second,), (first,) = await asyncio.gather(known.look(), fresh.look())
            assert second.reason == f"elasticsearch at {url} did not answer within 1.8 s"
            assert first.reason == f"elasticsearch at {url} did not answer within 3.6 s"
        finally:
            await known.close()
            await fresh.close()
