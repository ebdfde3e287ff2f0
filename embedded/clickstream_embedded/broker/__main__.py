"""`python -m clickstream_embedded.broker --data DIR --port N`."""

from __future__ import annotations

import asyncio
import logging
import sys

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.broker_configs import without_effect
from clickstream_embedded.broker.server import serve
from clickstream_embedded.broker.topic_configs import InvalidTopic
from clickstream_embedded.memory import limit_arenas
from clickstream_embedded.process import parse_options, serve_forever

log = logging.getLogger("broker")


def main() -> int:
    limit_arenas(1)  # what compaction took in its thread serves the others afterwards, and can be given back
    options = parse_options("broker", {"retention-bytes": "", "setting": ""})

    limit = options.extra["retention-bytes"]
    # who bounds the disk wants it looked at often
    settings = {"log.retention.bytes": limit, "log.retention.check.interval.ms": "30000"} if limit else {}
    for each in filter(None, options.extra["setting"].split(";")):  # `name=value`, more of them behind semicolons
        name, _, value = each.partition("=")
        settings[name] = value
    try:
        unused = without_effect(settings)
    except InvalidTopic as error:
        sys.exit(f"the broker cannot start: {error}")

    async def run(stop: asyncio.Event) -> None:
        options.data.mkdir(parents=True, exist_ok=True)
        if unused:
            log.warning("These configurations '[%s]' were supplied but are not used here.", ", ".join(unused))
        await serve(Broker(options.data, options.host, options.port, settings=settings), stop)

    return serve_forever("broker", run, options.host)


if __name__ == "__main__":
    sys.exit(main())
