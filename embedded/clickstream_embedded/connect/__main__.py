"""`python -m clickstream_embedded.connect --data DIR --port N --bootstrap HOST:PORT [--group NAME] [--schema-registry URL]`."""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from clickstream_embedded.connect.java_errors import ConfigError
from clickstream_embedded.connect.rest.application import application
from clickstream_embedded.connect.tasks.kafka_errors import kafka_log
from clickstream_embedded.connect.worker.herder import Herder
from clickstream_embedded.connect.worker.store import ConnectorStore
from clickstream_embedded.connect.worker.worker_converters import worker_converters
from clickstream_embedded.connect.worker.worker_settings import worker_settings
from clickstream_embedded.http import serve_http
from clickstream_embedded.memory import limit_arenas
from clickstream_embedded.process import parse_options, serve_forever

_THREADS = 64


def main() -> int:
    limit_arenas()
    options = parse_options("connect", {"bootstrap": "127.0.0.1:9092", "group": "connect", "schema-registry": ""})
    bootstrap, group = options.extra["bootstrap"], options.extra["group"]
    try:
        converters = worker_converters(os.environ, options.extra["schema-registry"])
        settings = worker_settings(os.environ)
    except ConfigError as error:
        sys.exit(f"connect cannot go on: {error}")

    async def run(stop: asyncio.Event) -> None:
        # each idle sink waits for records in a thread: with too few, tasks and requests would wait for one another
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "connect"))
        options.data.mkdir(parents=True, exist_ok=True)
        admin = AdminClient({"bootstrap.servers": bootstrap}, logger=kafka_log)
        worker_id = f"{options.host}:{options.port}"
        store = ConnectorStore(bootstrap, worker_id, group)
        herder = Herder(store, bootstrap, worker_id, group, converters, settings)

        async def cluster_id() -> str:
            try:
                found = await asyncio.to_thread(admin.list_topics, timeout=5)
            except KafkaException:
                return ""
            return str(found.cluster_id or "")

        herder.start()
        try:
            await serve_http(application(herder, cluster_id), options.host, options.port, stop)
        finally:
            await herder.stop()

    return serve_forever("connect", run, options.host)


if __name__ == "__main__":
    sys.exit(main())
