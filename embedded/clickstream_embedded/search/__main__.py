"""`python -m clickstream_embedded.search --data DIR --port N [--version 6|7]`."""

from __future__ import annotations

import asyncio
import sys

from clickstream_embedded.http import serve_http
from clickstream_embedded.memory import give_back, limit_arenas
from clickstream_embedded.process import parse_options, serve_forever
from clickstream_embedded.search.api.routes import Application
from clickstream_embedded.search.dialect import DIALECTS
from clickstream_embedded.search.store import Store

_UPKEEP = 30.0  # seconds between two times that free memory is given back


async def _keep_small() -> None:
    while True:
        await asyncio.sleep(_UPKEEP)
        await asyncio.to_thread(give_back)


def main() -> int:
    limit_arenas(1)  # what a thread took for a search serves the others afterwards, and can be given back
    options = parse_options("search", {"version": "7"})

    dialect = DIALECTS.get(options.extra["version"])
    if dialect is None:
        sys.stderr.write(f"--version is one of {', '.join(DIALECTS)}, not {options.extra['version']}\n")
        return 64

    async def run(stop: asyncio.Event) -> None:
        store = await asyncio.to_thread(Store, options.data / "search.sqlite", dialect)
        upkeep = asyncio.create_task(_keep_small())
        try:
            await serve_http(Application(store), options.host, options.port, stop)
        finally:
            upkeep.cancel()
            await asyncio.gather(upkeep, return_exceptions=True)
            store.close()

    return serve_forever("search", run, options.host)


if __name__ == "__main__":
    sys.exit(main())
