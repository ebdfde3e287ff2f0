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


async def run_query(engine: Engine, query: ast.Query, properties: dict[str, Any]) -> Rows:
    """Starts a push query or answers a pull query. Raises KsqlError."""
    over_stream = is_over_stream(engine, query) or bool(query.joins and query.emit is None)
    if over_stream and query.emit is None:
        check_stream(engine, query)
    if query.emit is None and not over_stream:
        columns, schema, rows = await asyncio.to_thread(pull, engine, query, properties)

        async def once() -> AsyncIterator[list[Any]]:
            yield [(row, False) for row in rows]

        answer = Rows(f"query_{int(time.time() * 1000)}", columns, schema_text(columns, schema), once())
        return answer
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[list[Any]] = asyncio.Queue()
    held = 0

    def on_rows(records: list[Any]) -> None:
        nonlocal held
        rows = [
            (topology.tombstone(key, window), True) if row is None else (row, False)
            for key, row, _, window, _ in records
            if row is not None or topology.is_table
        ]
        held += len(rows)
        if held > _HELD_ROWS:
            raise KsqlError("The client reads too slowly for this query")
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(queue.put_nowait, rows)

    if over_stream and query.emit is None:
        # a pull query on a stream gives what the stream holds now
        properties = {**properties, "auto.offset.reset": "earliest"}
    bounded = over_stream and query.emit is None
    runner, topology = await asyncio.to_thread(engine.push, query, properties, on_rows, to_end=bounded)

    async def batches() -> AsyncIterator[list[Any]]:
        nonlocal held
        left = query.limit
        runner.start()
        try:
            while left is None or left > 0:
                if runner.query_id not in engine.transient:
                    return  # closed by /close-query or TERMINATE
                try:
                    async with asyncio.timeout(0.5):
                        rows = await queue.get()
                except TimeoutError:
                    if runner.state in ("ERROR", "NOT_RUNNING") and queue.empty():
                        answer.final_message = "Query Completed" if bounded else ""
                        return
                    yield []  # lets a lost client be noticed
                    continue
                held -= len(rows)
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
                    yield f"Key format: {printing.formats(good[0].key())}\n".encode()
                    yield f"Value format: {printing.formats(good[0].value())}\n".encode()
                for message in good:
                    count += 1
                    if statement.interval is None or (count - 1) % statement.interval == 0:
                        yield printing.line(message).encode()
                if not good:
                    yield b""
        finally:
            await asyncio.shield(asyncio.to_thread(consumer.close))

    return lines()
