"""The tasks that move records: one coroutine each, ended by cancellation."""

from __future__ import annotations

import asyncio
import logging
import random
import struct
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
from confluent_kafka import Consumer, KafkaException, Producer

from clickstream_embedded.connect import converters
from clickstream_embedded.connect.plugins import Config
from clickstream_embedded.connect.quickstarts import QUICKSTARTS
from clickstream_embedded.connect.schemas import SchemaError, generator
from clickstream_embedded.connect.sink_offsets import group_of
from clickstream_embedded.connect.transforms import SinkRecord, TransformError, apply, chain

log = logging.getLogger("connect")
kafka_log = logging.getLogger("connect.kafka")
kafka_log.setLevel(logging.WARNING)


class TaskFailed(Exception):
    """The task cannot go on; the text is its trace."""


async def generate(config: Config, bootstrap: str, offset: dict[str, Any]) -> None:
    """DatagenTask: a record, then a pause of up to `max.interval` ms, until `iterations` are done.

    `offset` is kept up to date with what a restart goes on from.
    """
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "enable.idempotence": True}, logger=kafka_log)
    key_of = converters.to_bytes(config.get("key.converter", converters.STRING))
    value_of = converters.to_bytes(config.get("value.converter", converters.JSON))
    interval = int(config.get("max.interval") or config.get("maxInterval") or "500") / 1000
    iterations = int(config.get("iterations", "-1"))
    seed = int(config.get("random.seed") or offset.setdefault("random.seed", random.getrandbits(62)))
    source = random.Random(seed + offset.setdefault("task.generation", 0))
    offset["task.generation"] += 1
    records = _records(config, source)
    done = offset.setdefault("current.iteration", 0)
    loop = asyncio.get_running_loop()
    due = loop.time()
    try:
        for key, value in records:
            if 0 < iterations <= done:
                raise TaskFailed(f"Stopping connector: generated the configured {iterations} number of messages")
            while True:
                try:
                    producer.produce(config["kafka.topic"], value_of(value), key_of(key))
                    break
                except BufferError:  # the broker is away: wait for room rather than drop records
                    await asyncio.sleep(0.1)
            producer.poll(0)
            done += 1
            offset["current.iteration"] = done
            due = max(due + source.random() * interval, loop.time() - 1.0)
            wait = due - loop.time()
            if wait > 0.001:
                await asyncio.sleep(wait)
            elif done % 100 == 0:
                await asyncio.sleep(0)
    finally:
        await asyncio.shield(asyncio.to_thread(producer.flush, 5))


def _records(config: Config, source: random.Random) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The generator that a configuration asks for. Raises TaskFailed."""
    quickstart = config.get("quickstart", "").lower()
    if quickstart:
        return QUICKSTARTS[quickstart](source)
    text = config.get("schema.string", "")
    try:
        if not text:
            text = Path(config["schema.filename"]).read_text("utf-8")
        return generator(text, source, config.get("schema.keyfield", ""))
    except (OSError, SchemaError) as error:
        raise TaskFailed(f"Unable to find or use the schema: {error}") from None


class ElasticsearchSink:
    """Writes the records of topics into indices, and commits their offsets once the index has acknowledged them."""

    def __init__(self, name: str, config: Config, bootstrap: str) -> None:
        self._name = name
        self._config = config
        self._topics = [topic.strip() for topic in config["topics"].split(",")]
        pairs = (pair.split(":", 1) for pair in config.get("topic.index.map", "").split(",") if ":" in pair)
        self._indices = {topic.strip(): index.strip() for topic, index in pairs}
        self._value_in = converters.from_bytes(config.get("value.converter", converters.JSON))
        self._key_in = converters.from_bytes(config.get("key.converter", converters.STRING))
        self._key_ignore = config.get("key.ignore", "false") == "true"
        self._transforms = chain(config)
        self._on_malformed = config.get("behavior.on.malformed.documents", "fail").lower()
        self._tolerates = config.get("errors.tolerance", "none").lower() == "all"
        self._dead_letters = config.get("errors.deadletterqueue.topic.name", "")
        self._producer: Producer | None = None
        self._bootstrap = bootstrap
        self._backoff = int(config.get("retry.backoff.ms", "100")) / 1000  # seconds
        self._major: int | None = None  # of the Elasticsearch there
        self._on_null = config.get("behavior.on.null.values", "fail").lower()
        self._batch = int(config.get("batch.size", "2000"))
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": group_of(name), "enable.auto.commit": False,
             "auto.offset.reset": "earliest", "allow.auto.create.topics": True, "session.timeout.ms": 10_000},
            logger=kafka_log,
        )  # fmt: skip

    async def run(self) -> None:
        urls = self._config["connection.url"].split(",")
        limits = httpx.Timeout(float(self._config.get("read.timeout.ms", "3000")) / 1000 + 7)
        async with httpx.AsyncClient(base_url=urls[0].strip(), timeout=limits) as client:
            try:
                self._consumer.subscribe(self._topics)
                while True:
                    messages = await asyncio.to_thread(self._consumer.consume, self._batch, 0.5)
                    good = [message for message in messages if message.error() is None]
                    if not good:
                        continue
                    await self._write(client, good)
                    try:
                        await asyncio.to_thread(self._consumer.commit, asynchronous=False)
                    except KafkaException as error:  # the records come again after a rebalance: at least once
                        log.warning("%s could not commit its offsets: %s", self._name, error)
            finally:
                await asyncio.shield(asyncio.to_thread(self._consumer.close))

    def _record(self, message: Any) -> SinkRecord | None:
        """A message behind converters and transforms; None where it is dropped. Raises TaskFailed."""
        try:
            key = None if self._key_ignore and not self._transforms else self._key_in(message.key())
            value = self._value_in(message.value())
        except (orjson.JSONDecodeError, ValueError, struct.error) as error:
            raise TaskFailed(
                f"Converting byte[] to Kafka Connect data failed due to serialization error: {error}"
            ) from None
        record = SinkRecord(message.topic(), message.partition(), message.offset(), message.timestamp()[1], key, value)
        try:
            return apply(self._transforms, record)
        except TransformError as error:
            raise TaskFailed(f"Tolerance exceeded in error handler: {error}") from None

    def _actions(self, message: Any, single_type: str | None) -> list[bytes]:
        try:
            record = self._record(message)
        except TaskFailed as error:
            if not self._tolerates:
                raise
            self._leave_out(message, str(error))
            return []
        if record is None:
            return []
        topic = record.topic
        index = self._indices.get(topic, topic.lower())
        place = f"{topic}+{record.partition}+{record.offset}"
        target: dict[str, Any] = {"_index": index, "_id": place if self._key_ignore else str(record.key)}
        if single_type:
            target["_type"] = single_type
        if record.value is None:
            if self._on_null == "ignore":
                return []
            if self._on_null == "delete":
                return [orjson.dumps({"delete": target})]
            raise TaskFailed(f"Sink record with a null value from {topic}-{record.partition}@{record.offset} and "
                             "behavior.on.null.values is 'fail'")  # fmt: skip
        return [orjson.dumps({"index": target}), orjson.dumps(record.value)]

    def _leave_out(self, message: Any, reason: str) -> None:
        """Counts as done without the index; the dead letter queue gets it where there is one."""
        log.warning(
            "%s leaves out %s-%d@%d: %s", self._name, message.topic(), message.partition(), message.offset(), reason
        )
        if not self._dead_letters:
            return
        if self._producer is None:
            self._producer = Producer(
                {"bootstrap.servers": self._bootstrap, "enable.idempotence": True}, logger=kafka_log
            )
        headers: list[tuple[str, str | bytes | None]] = [("__connect.errors.topic", message.topic().encode()),
                   ("__connect.errors.partition", str(message.partition()).encode()),
                   ("__connect.errors.offset", str(message.offset()).encode()),
                   ("__connect.errors.connector.name", self._name.encode()),
                   ("__connect.errors.exception.message", reason.encode())]  # fmt: skip
        self._producer.produce(self._dead_letters, message.value(), message.key(), headers=headers)

    async def _write(self, client: httpx.AsyncClient, messages: list[Any]) -> None:
        single_type = await self._type(client)
        lines = [line for message in messages for line in self._actions(message, single_type)]
        if not lines:
            if self._producer is not None:
                await asyncio.to_thread(self._producer.flush, 10)
            return
        body = b"\n".join(lines) + b"\n"
        retries = int(self._config.get("max.retries", "5"))
        headers = {"Content-Type": "application/x-ndjson"}
        attempt = 0
        while True:
            response = await self._reach(client, lambda: client.post("/_bulk", content=body, headers=headers))
            if response.is_success:
                self._check(response.json())
                if self._producer is not None:
                    await asyncio.to_thread(self._producer.flush, 10)  # before the offsets say that it is done
                return
            attempt += 1
            if attempt > retries:
                raise TaskFailed(
                    f"Bulk request failed after {retries} retries: {response.status_code} {response.text[:500]}"
                )
            await asyncio.sleep(self._backoff * 2**attempt)

    async def _reach(self, client: httpx.AsyncClient, ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """The answer; where nobody is there, it waits for as long as it takes, as a paused sink loses nothing either."""
        attempt = 0
        while True:
            try:
                return await ask()
            except httpx.HTTPError as error:
                log.warning("%s cannot reach %s: %s", self._name, client.base_url, error)
                await asyncio.sleep(min(self._backoff * 2**attempt, 3.0))
                attempt = min(attempt + 1, 8)

    async def _type(self, client: httpx.AsyncClient) -> str | None:
        """The mapping type to write: Elasticsearch before 7 wants one, since 8 none is allowed."""
        while self._major is None:
            response = await self._reach(client, lambda: client.get("/"))
            try:
                self._major = int(str(response.json()["version"]["number"]).split(".")[0])
            except (KeyError, ValueError, TypeError):  # it answers, but is not ready yet
                await asyncio.sleep(3.0)
        return self._config.get("type.name", "_doc") if self._major < 7 else None

    def _check(self, answer: dict[str, Any]) -> None:
        """Raises TaskFailed for a document that was refused, unless such documents may be left out."""
        if not answer.get("errors"):
            return
        for item in answer["items"]:
            error = next(iter(item.values())).get("error")
            if error is None:
                continue
            malformed = error.get("type") in ("mapper_parsing_exception", "illegal_argument_exception")
            if not malformed or self._on_malformed == "fail":
                raise TaskFailed(f"Bulk request failed: {error.get('type')}: {error.get('reason')}")
            if self._on_malformed == "warn":
                log.warning("%s leaves out a document: %s", self._name, error.get("reason"))
