"""`python -m clickstream_embedded.ksqldb --data DIR --port N --bootstrap HOST:PORT --connect URL [--schema-registry URL]`."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import sys

from confluent_kafka import KafkaException

from clickstream_embedded.http import serve_http2
from clickstream_embedded.ksqldb.api.connectors import ConnectForwarder
from clickstream_embedded.ksqldb.api.rest import Api, application
from clickstream_embedded.ksqldb.engine import Engine
from clickstream_embedded.ksqldb.runtime import gc_tuning as interpreter
from clickstream_embedded.ksqldb.runtime.kafka import Kafka
from clickstream_embedded.ksqldb.runtime.remote import WorkerLink
from clickstream_embedded.process import parse_options, serve_forever
from clickstream_ksql.parser import parse

log = logging.getLogger("ksqldb")


async def collect_garbage() -> None:
    """Looks for cycles now and then."""
    for count in itertools.count(1):
        await asyncio.sleep(interpreter.YOUNG)
        interpreter.collect(count)


def main() -> int:
    options = parse_options("ksqldb", {"bootstrap": "127.0.0.1:9092", "connect": "http://127.0.0.1:8083",
                                       "schema-registry": ""})  # fmt: skip

    async def start(engine: Engine, api: Api, stop: asyncio.Event) -> None:
        await asyncio.to_thread(parse, "SHOW STREAMS;")  # builds the parser's tables now: the first statement need not
        while not stop.is_set():
            try:
                await asyncio.to_thread(engine.start)
                api.set_ready()
                log.info("ksqlDB server is ready: %d queries", len(engine.queries))
                return
            except (KafkaException, TimeoutError) as error:
                log.warning("waiting for the broker at %s: %s", options.extra["bootstrap"], error)
                await asyncio.sleep(0.5)
            except Exception:
                log.exception("the server cannot start")
                stop.set()  # a server that waits for ever helps nobody: its supervisor starts it again, and says so
                return

    async def run(stop: asyncio.Event) -> None:
        options.data.mkdir(parents=True, exist_ok=True)
        bootstrap = options.extra["bootstrap"]
        # a process computes on one core: where there are more, some queries run in a second one
        worker = WorkerLink(bootstrap, options.data) if (os.cpu_count() or 1) > 1 else None
        engine = Engine(Kafka(bootstrap), options.data, worker=worker, registry=options.extra["schema-registry"])
        connect = ConnectForwarder(options.extra["connect"])
        api = Api(engine, connect)
        starting = asyncio.create_task(start(engine, api, stop))
        collecting = asyncio.create_task(collect_garbage())
        try:
            await serve_http2(application(api, engine), options.host, options.port, stop)
        finally:
            starting.cancel()
            collecting.cancel()
            await asyncio.gather(starting, collecting, return_exceptions=True)
            await asyncio.to_thread(engine.close)
            await connect.close()

    interpreter.prepare()
    return serve_forever("ksqldb", run, options.host)


if __name__ == "__main__":
    sys.exit(main())
