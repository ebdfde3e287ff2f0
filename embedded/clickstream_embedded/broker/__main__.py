"""`python -m clickstream_embedded.broker --data DIR --port N`."""

from __future__ import annotations

import asyncio
import sys

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.server import serve
from clickstream_embedded.memory import limit_arenas
from clickstream_embedded.process import parse_options, serve_forever


def main() -> int:
    limit_arenas(1)  # what compaction took in its thread serves the others afterwards, and can be given back
    options = parse_options("broker", {"retention-bytes": "", "setting": ""})

    async def run(stop: asyncio.Event) -> None:
        options.data.mkdir(parents=True, exist_ok=True)
        limit = options.extra["retention-bytes"]
        settings = {"log.retention.bytes": limit} if limit else {}
        for each in filter(None, options.extra["setting"].split(";")):  # `name=value`, more of them behind semicolons
            name, _, value = each.partition("=")
            settings[name] = value
        await serve(Broker(options.data, options.host, options.port, settings=settings), stop)

    return serve_forever("broker", run, options.host)


if __name__ == "__main__":
    sys.exit(main())
