"""DatagenTask: a record, then a pause of up to `max.interval`, until `iterations` are done.

`maxInterval`, as the tutorial's statements write it, means the same here, so that its clicks flow as fast as it says.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from clickstream_embedded.connect.data import OPTIONAL_STRING, Schema
from clickstream_embedded.connect.datagen.avro_generator import generator
from clickstream_embedded.connect.datagen.avro_schema import SchemaError, connect_schema, connect_value, parsed
from clickstream_embedded.connect.datagen.quickstarts import QUICKSTARTS
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.tasks.source_record import SourceRecord
from clickstream_embedded.connect.transforms.record import ConnectRecord, Header

_LONG = Schema("int64")
_AHEAD = 0.02  # seconds that a record may be early: those that are due together cost one turn of the loop
_BEHIND = 1.0  # seconds that a task may be late before it gives up catching up


class DatagenSource:
    """The records of one datagen task.

    Args:
        config: the task's configuration.
        task: its number.
        offset: where an earlier task of that number stopped; empty at first.

    Raises:
        JavaError: the schema cannot be used.
    """

    def __init__(self, config: Mapping[str, str], task: int, offset: Mapping[str, Any]) -> None:
        self._topic = config["kafka.topic"]
        self._task = task
        self._interval = int(config.get("max.interval") or config.get("maxInterval") or "500") / 1000  # seconds
        self._iterations = int(config.get("iterations", "-1"))
        self._done = int(offset.get("current.iteration", 0))
        self._generation = int(offset.get("task.generation", 0))
        self._random = random.Random(self._seed(config, task, offset))
        self._key, self._schema, self._values = self._made(config)

    @staticmethod
    def _seed(config: Mapping[str, str], task: int, offset: Mapping[str, Any]) -> int:
        if "random.seed" in offset:
            return int(offset["random.seed"])
        if not config.get("random.seed"):
            return random.getrandbits(62)
        seed = int(config["random.seed"])
        for _ in range(task):  # each task makes other records, the same ones every time
            seed = random.Random(seed).getrandbits(62)
        return seed

    def _made(self, config: Mapping[str, str]) -> tuple[str, Schema, Iterator[dict[str, Any]]]:
        name = config.get("quickstart", "").lower()
        if name:
            chosen = QUICKSTARTS[name]
            return chosen.key_field, chosen.schema, chosen.records(self._random, self._done)
        try:
            text = config.get("schema.string") or Path(config["schema.filename"]).read_text("utf-8")
            schema = connect_schema(parsed(text), {})
            return config.get("schema.keyfield", ""), schema, generator(text, self._random, self._done)
        except OSError:
            raise JavaError(f"Unable to read the '{config['schema.filename']}' schema file") from None
        except SchemaError as error:
            raise JavaError(str(error)) from None

    async def records(self) -> AsyncIterator[SourceRecord]:
        """One record after another. Raises JavaError once `iterations` are done."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + random.random() * self._interval, loop.time() - _BEHIND)
            wait = due - loop.time()
            if wait > _AHEAD:
                await asyncio.sleep(wait)
            if 0 < self._iterations <= self._done:
                raise JavaError(f"Stopping connector: generated the configured {self._done} number of messages")
            yield self._next()

    def _next(self) -> SourceRecord:
        value = next(self._values)
        made = connect_value(self._schema, value)
        field = self._schema.field(self._key) if self._key else None
        key_schema, key = (OPTIONAL_STRING, None) if field is None else (field.schema, made.get(self._key))
        headers: tuple[Header, ...] = tuple(
            (name, _LONG, number)
            for name, number in (
                ("task.generation", self._generation), ("task.id", self._task), ("current.iteration", self._done),
            )
        )  # fmt: skip
        seed = self._random.getrandbits(62)
        self._random.seed(seed)
        self._done += 1
        record = ConnectRecord(self._topic, None, None, None, key_schema, key, self._schema, made, headers)
        offset = {
            "task.generation": self._generation + 1, "random.seed": seed, "current.iteration": self._done,
        }  # fmt: skip
        return SourceRecord(record, {"task.id": self._task}, offset)
