"""`/inserts-stream`: rows as JSON objects into a stream, each acknowledged by its number."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
from confluent_kafka import KafkaException
from starlette.requests import ClientDisconnect

from clickstream_embedded.ksqldb.engine import Engine
from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.formats.coercion import coercion
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.planning.with_clause import column_name
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.schemas.client import RegistryAway

_PATIENCE = 1.0  # seconds for the end of a request that is answered already


class Inserts:
    """The rows of one request. Raises KsqlError for a target that takes none."""

    def __init__(self, engine: Engine, target: str) -> None:
        self._engine = engine
        name = column_name(target)
        self._source: DataSource = engine.insertable(name)
        if self._source.is_table:
            raise KsqlError(f"Cannot insert into table '{name}': inserts are for streams.")
        self._codec = Codec(self._source)
        self._names = {column.name for column in self._source.schema.columns}

    def write(self, row: Any) -> None:
        """Writes one row and waits until it is kept. Raises KsqlError for a row that does not fit."""
        if not isinstance(row, dict):
            raise KsqlError(f"A row is a JSON object, not {type(row).__name__}")
        given = {column_name(name): value for name, value in row.items()}
        unknown = sorted(set(given) - self._names)
        if unknown:
            raise KsqlError(f"Unknown column(s) of {self._source.name}: {', '.join(unknown)}")
        schema = self._source.schema
        try:
            values = {
                column.name: None if given.get(column.name) is None else coercion(column.type)(given[column.name])
                for column in schema.columns
            }
        except SerializationError as error:
            raise KsqlError(str(error)) from error
        key = tuple(values[column.name] for column in schema.keys)
        try:
            data = (
                self._codec.encode_key(key if any(part is not None for part in key) else None),
                self._codec.encode_value(tuple(values[column.name] for column in schema.values)),
            )
        except (SerializationError, RegistryAway) as error:
            raise KsqlError(f"Error serializing message to topic: {self._source.topic}. {error}") from error
        self._engine.kafka.write(self._source.topic, *data)


async def acknowledgements(inserts: Inserts, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """An acknowledgement for each line, in order; the stream ends with the first that fails."""
    number = 0
    async for line in lines:
        try:
            await asyncio.to_thread(inserts.write, orjson.loads(line))
        except (KsqlError, KafkaException, orjson.JSONDecodeError) as error:
            message = getattr(error, "message", str(error))
            yield orjson.dumps({"status": "error", "seq": number, "error_code": 40001, "message": message})
            await read_out(lines)
            return
        yield orjson.dumps({"status": "ok", "seq": number})
        number += 1


async def read_out(lines: AsyncIterator[bytes]) -> None:
    """Takes in what is on its way still: HTTP/2 loses the connection where the answer ends before the request."""
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_PATIENCE):
            async for _ in lines:
                pass


async def delimited(answers: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A line for each answer."""
    async for answer in answers:
        yield answer + b"\n"


async def array(answers: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """One JSON array of all answers, for who accepts `application/json`."""
    before = b"["
    async for answer in answers:
        yield before + answer
        before = b","
    yield b"[]" if before == b"[" else b"]"


async def lines_of(chunks: AsyncIterator[bytes], limit: int = 4 * 1024 * 1024) -> AsyncIterator[bytes]:
    """The lines of a body as they come. Raises KsqlError for one that is longer than `limit` bytes."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(rest) > limit:
            raise KsqlError(f"A row is longer than {limit} bytes")
    if rest.strip():
        yield rest
