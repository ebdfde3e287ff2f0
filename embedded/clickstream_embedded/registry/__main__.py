"""`python -m clickstream_embedded.registry --data DIR --port N --bootstrap HOST:PORT`."""

from __future__ import annotations

import asyncio
import sys

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from clickstream_embedded.http import serve_http
from clickstream_embedded.memory import limit_arenas
from clickstream_embedded.process import parse_options, serve_forever
from clickstream_embedded.registry.application import Application
from clickstream_embedded.registry.errors import store_away
from clickstream_embedded.registry.registry import Registry
from clickstream_embedded.registry.topic import SchemasTopic, kafka_log


class Loading:
    """The registry of the topic, read when it is first asked for: a broker that is late costs nothing meanwhile."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._topic = SchemasTopic(bootstrap)
        self._registry: Registry | None = None
        self._lock = asyncio.Lock()

    async def registry(self) -> Registry:
        """Raises Refusal (50001) while the broker is away."""
        async with self._lock:
            if self._registry is None or self._registry.in_doubt:
                try:
                    self._registry = Registry(self._topic, await asyncio.to_thread(self._topic.load))
                except (KafkaException, TimeoutError) as error:
                    raise store_away(f"the broker at {self._bootstrap} does not give the schemas: {error}") from None
            return self._registry

    async def cluster_id(self) -> str:
        """The id of the broker's cluster. Raises Refusal (50001)."""
        admin = AdminClient({"bootstrap.servers": self._bootstrap}, logger=kafka_log)
        try:
            return str((await asyncio.to_thread(admin.list_topics, timeout=5)).cluster_id or "")
        except KafkaException as error:
            raise store_away(str(error)) from None


def main() -> int:
    limit_arenas()
    options = parse_options("schema-registry", {"bootstrap": "127.0.0.1:9092"})

    async def run(stop: asyncio.Event) -> None:
        loading = Loading(options.extra["bootstrap"])
        await serve_http(Application(loading.registry, loading.cluster_id), options.host, options.port, stop)

    return serve_forever("schema-registry", run, options.host)


if __name__ == "__main__":
    sys.exit(main())
