"""The row streams of /query and /query-stream: push queries, pull queries and PRINT."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from confluent_kafka import TopicPartition

from clickstream_embedded.ksqldb.api import printing
from clickstream_embedded.ksqldb.engine import Engine
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.formats.coercion import encoder
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.pull.execution import check_stream, is_over_stream, pull
from clickstream_embedded.ksqldb.types.java_time.legacy import shown_timestamp
from clickstream_embedded.ksqldb.types.java_time.sql import format_date, format_time
from clickstream_embedded.ksqldb.types.schema import Column, Schema
from clickstream_ksql import ast

_encode = msgspec.json.Encoder(decimal_format="number").encode
_HELD_ROWS = 100_000  # rows that wait for a slow client; beyond that the query ends with an error
_TIMES = {"DATE": format_date, "TIME": format_time, "TIMESTAMP": shown_timestamp}


class RowWriter:
    """Rows to JSON, with the conversions that the columns' types need."""

    def __init__(self, columns: list[Column]) -> None:
        self._converters = [_TIMES.get(c.type.name) or encoder(c.type) for c in columns]
        self._plain = not any(self._converters)

    def write(self, row: tuple[Any, ...]) -> bytes:
        if self._plain:
            return _encode(row)
        values = [v if c is None or v is None else c(v) for v, c in zip(row, self._converters, strict=True)]
        return _encode(values)


class Rows:
    """An answer in the making: its id, its columns, and batches of (row, whether it is a tombstone) until the end."""

    def __init__(
        self, query_id: str, columns: list[Column], schema_text: str, batches: AsyncIterator[list[Any]]
    ) -> None:
        self.query_id = query_id
        self.columns = columns
        self.schema_text = schema_text
        self.batches = batches
        self.final_message = ""


class _Arrivals:
    """Rows on their way from a query's thread to the event loop; a client that does not read ends its query."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[list[Any]] = asyncio.Queue()
        self._held = 0
        self.topology: Topology | None = None

    def put(self, records: list[Any]) -> None:
        """Called by the query's thread. Raises KsqlError where too many wait."""
        topology = self.topology
        assert topology is not None
        rows = [
            (topology.tombstone(key, window), True) if row is None else (row, False)
            for key, row, _, window, _ in records
            if row is not None or topology.is_table
        ]
        self._held += len(rows)
        if self._held > _HELD_ROWS:
            raise KsqlError("The client reads too slowly for this query")
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._queue.put_nowait, rows)

    async def take(self) -> list[Any] | None:
        """The rows that came; None where none came for a while."""
        try:
            async with asyncio.timeout(0.5):
                rows = await self._queue.get()
        except TimeoutError:
            return None
        self._held -= len(rows)
        return rows

    @property
    def is_empty(self) -> bool:
        return self._queue.empty()


async def run_query(engine: Engine, query: ast.Query, properties: dict[str, Any]) -> Rows:
    """Starts a push query or answers a pull query. Raises KsqlError."""
    over_stream = is_over_stream(engine, query) or bool(query.joins and query.emit is None)
    if over_stream and query.emit is None:
        check_stream(engine, query, properties)
    if query.emit is None and not over_stream:
        columns, schema, rows = await asyncio.to_thread(pull, engine, query, properties)

        async def once() -> AsyncIterator[list[Any]]:
            yield [(row, False) for row in rows]

        return Rows(f"query_{int(time.time() * 1000)}", columns, schema_text(columns, schema), once())
    bounded = over_stream and query.emit is None
    if bounded:  # a pull query on a stream gives what the stream holds now
        properties = {**properties, "auto.offset.reset": "earliest"}
    arrivals = _Arrivals()
    runner, topology = await asyncio.to_thread(engine.push, query, properties, arrivals.put, to_end=bounded)
    arrivals.topology = topology

    async def batches() -> AsyncIterator[list[Any]]:
        left = query.limit
        runner.start()
        try:
            while left is None or left > 0:
                if runner.query_id not in engine.transient:
                    return  # closed by /close-query or TERMINATE
                rows = await arrivals.take()
                if rows is None:
                    if runner.state in ("ERROR", "NOT_RUNNING") and arrivals.is_empty:
                        answer.final_message = "Query Completed" if bounded else ""
                        return
                    yield []  # lets a lost client be noticed
                    continue
                rows = rows if left is None else rows[:left]
                left = None if left is None else left - len(rows)
                yield rows
            answer.final_message = "Limit Reached"
        finally:
            await asyncio.shield(asyncio.to_thread(engine.end_push, runner.query_id))

    columns = list(topology.columns)
    answer = Rows(runner.query_id, columns, ", ".join(f"`{c.name}` {c.type}" for c in columns), batches())
    return answer


def schema_text(columns: list[Column], schema: Schema) -> str:
    """The `schema` of a pull query's header, with its key columns marked."""
    keys = {column.name for column in schema.keys}
    return ", ".join(f"`{c.name}` {c.type}{' KEY' if c.name in keys else ''}" for c in columns)


async def print_topic(engine: Engine, statement: ast.Print) -> AsyncIterator[bytes]:
    """The lines of PRINT. Raises KsqlError where there is no such topic, before the first line."""
    topics = await asyncio.to_thread(engine.kafka.topics)
    if statement.topic not in topics:
        raise KsqlError(f"Could not find topic '{statement.topic}', or the KSQL user does not have permissions to list "
                        "the topic. Topic names are case-sensitive.")  # fmt: skip

    registry = engine.metastore.registry

    async def lines() -> AsyncIterator[bytes]:
        consumer = engine.kafka.consumer("clickstream-print")
        try:
            ends = await asyncio.to_thread(engine.kafka.end_offsets, consumer, statement.topic, topics[statement.topic])
            starts = [low if statement.from_beginning else high for low, high in ends]
            consumer.assign([TopicPartition(statement.topic, n, offset) for n, offset in enumerate(starts)])
            count, announced = 0, False
            while statement.limit is None or count < statement.limit:
                wanted = 500 if statement.limit is None else min(500, statement.limit - count)
                messages = await asyncio.to_thread(consumer.consume, wanted, 0.3)
                good = [message for message in messages if message.error() is None]
                if good and not announced:
                    announced = True
                    for side, data in (("Key", good[0].key()), ("Value", good[0].value())):
                        found = await asyncio.to_thread(printing.formats, data, registry)
                        yield f"{side} format: {found}\n".encode()
                for message in good:
                    count += 1
                    if statement.interval is None or (count - 1) % statement.interval == 0:
                        # a registry may have to be asked
                        shown = (
                            printing.line(message)
                            if not registry
                            else await asyncio.to_thread(printing.line, message, registry)
                        )
                        yield shown.encode()
                if not good:
                    yield b""
        finally:
            await asyncio.shield(asyncio.to_thread(consumer.close))

    return lines()
