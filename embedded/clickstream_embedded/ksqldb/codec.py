"""Records of a source's topic to engine records, and results to bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError, SerializationError
from clickstream_embedded.ksqldb.formats.serde import KeySerde, check_maps, value_format
from clickstream_embedded.ksqldb.functions.dates import parse_moment
from clickstream_embedded.ksqldb.metastore import Source
from clickstream_embedded.ksqldb.nodes import Batch, Record, Row
from clickstream_embedded.ksqldb.outbox import Message
from clickstream_embedded.ksqldb.planner import source_row
from clickstream_embedded.ksqldb.schema import Column

_KNOWN_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """The records of some messages, and what could not be read: `topic-partition@offset: reason`."""

    records: list[Record]
    errors: list[str]


class Codec:
    """Reads and writes the records of one source. Raises KsqlError for columns its formats cannot hold."""

    def __init__(self, source: Source) -> None:
        self.source = source
        columns = source.schema.values
        self._plain = tuple(column for column in columns if column.header is None)
        self._headers = [(place, column) for place, column in enumerate(columns) if column.header is not None]
        self._value = value_format(
            source.value_format, self._plain, wrap_single=source.wrap_single, delimiter=source.delimiter
        )
        self._key = KeySerde(
            source.key_format, source.schema.keys, source.window, source.window_size, source.key_delimiter
        )
        self._reader = self.reader()
        # the keys seen last, as they are and as bytes: a topic has few of them, again and again
        self._known: dict[bytes, Row] = {}
        self._written: dict[Row | None, bytes | None] = {}
        self._keeps_keys = all(c.type.name in ("INTEGER", "BIGINT", "STRING") for c in source.schema.keys)
        self._no_key = (None,) * len(source.schema.keys)
        self._time_index: int | None = None
        self._time_key: int | None = None
        if source.timestamp_column is not None:
            names = [column.name for column in columns]
            if source.timestamp_column in names:
                self._time_index = names.index(source.timestamp_column)
            else:
                keys = [column.name for column in source.schema.keys]
                self._time_key = keys.index(source.timestamp_column) if source.timestamp_column in keys else None

    def records(self, messages: list[Any]) -> Decoded:
        """What Kafka messages decode to; those that cannot be read are skipped and told."""
        records: list[Record] = []
        errors: list[str] = []
        read = self._choose()
        for message in messages:
            try:
                records.append(read(message))
            except (SerializationError, ValueError) as error:
                errors.append(f"{message.topic()}-{message.partition()}@{message.offset()}: {error}")
        return Decoded(records, errors)

    def _choose(self) -> Callable[[Any], Record]:
        source = self.source
        if source.window or self._headers or source.timestamp_column:
            return self._read_message
        return self._read_keyed if source.schema.keys else self._read_plain

    def _read_plain(self, message: Any) -> Record:
        value = message.value()
        timestamp = message.timestamp()[1]
        row = None if value is None else self._value.decode(value)
        if row is None:
            return (None, None, timestamp, None, None)
        return (None, (*row, timestamp, message.partition(), message.offset()), timestamp, None, None)

    def _read_keyed(self, message: Any) -> Record:
        value, data = message.value(), message.key()
        timestamp = message.timestamp()[1]
        key = None if data is None else self._known.get(data)
        if key is None and data is not None:
            key = self._key.decode(data)[0]
            if len(self._known) >= _KNOWN_KEYS:
                self._known.clear()
            if key is not None and self._keeps_keys:
                self._known[data] = key
        row = None if value is None else self._value.decode(value)
        if row is None:
            return (key, None, timestamp, None, None)
        parts = self._no_key if key is None else key
        return (key, (*row, timestamp, message.partition(), message.offset(), *parts), timestamp, None, None)

    def _read_message(self, message: Any) -> Record:
        return self._reader(
            message.key(), message.value(), message.timestamp()[1], message.partition(), message.offset(),
            message.headers() if self._headers else None,
        )  # fmt: skip

    def reader(self) -> Callable[..., Record]:
        """A function `(key, value, timestamp, partition, offset, headers) -> Record`; raises SerializationError."""
        build = source_row(self.source)

        def read(
            key: bytes | None, value: bytes | None, timestamp: int, partition: int, offset: int, headers: Any = None
        ) -> Record:
            key_row, window = self._key.decode(key)
            row = None if value is None else self._value.decode(value)
            if row is None:
                return (key_row, None, timestamp, window, None)
            if self._headers:
                row = self._with_headers(row, headers or [])
            if self._time_index is not None:
                timestamp = self._timestamp(row[self._time_index], timestamp)
            elif self._time_key is not None and key_row is not None:
                timestamp = self._timestamp(key_row[self._time_key], timestamp)
            return (key_row, build(row, key_row, timestamp, partition, offset, window), timestamp, window, None)

        return read

    def _with_headers(self, row: tuple[Any, ...], headers: list[tuple[str, bytes]]) -> tuple[Any, ...]:
        values = list(row)
        for place, column in self._headers:
            if column.header:
                value: Any = next((data for name, data in reversed(headers) if name == column.header), None)
            else:
                value = [{"KEY": name, "VALUE": data} for name, data in headers]
            values.insert(place, value)
        return tuple(values)

    def _timestamp(self, value: Any, fallback: int) -> int:
        if value is None:
            raise SerializationError("the timestamp column is null")
        moment = parse_moment(value, self.source.timestamp_format) if self.source.timestamp_format else int(value)
        if moment < 0:
            raise SerializationError(f"the timestamp column holds a negative time: {moment}")
        return moment

    def messages(self, batch: Batch) -> list[Message]:
        """Results as what is written. Raises SerializationError where one of them cannot be."""
        if self._time_index is not None:
            return [
                (self.encode_key(k, w), self.encode_value(r), max(self.output_timestamp(r, ts), 0))
                for k, r, ts, w, _ in batch
            ]
        rows = [r for _, r, _, _, _ in batch if r is not None]
        values = iter(self._value.encode_all(rows))
        key = self._key_bytes if self._keeps_keys else self.encode_key
        return [(key(k, w), None if r is None else next(values), max(0, ts)) for k, r, ts, w, _ in batch]

    def _key_bytes(self, key: Row | None, window: tuple[int, int] | None) -> bytes | None:
        if key in self._written:
            data = self._written[key]
        else:
            if len(self._written) >= _KNOWN_KEYS:
                self._written.clear()
            data = self._written[key] = self._key.encode(key, None)
        return data if window is None else self._key.with_window(data, window)

    def encode_key(self, key: tuple[Any, ...] | None, window: tuple[int, int] | None = None) -> bytes | None:
        return self._key.encode(key, window)

    def output_timestamp(self, row: tuple[Any, ...] | None, timestamp: int) -> int:
        """The timestamp of a record written to this source: its TIMESTAMP column where one is declared."""
        if row is None or self._time_index is None:
            return timestamp
        return self._timestamp(row[self._time_index], timestamp)

    def encode_value(self, row: tuple[Any, ...] | None) -> bytes | None:
        return None if row is None else self._value.encode(row)


def check_formats(source: Source) -> None:
    """Raises KsqlError where the formats cannot hold the columns."""
    for what, form, columns in (
        ("Key", source.key_format, source.schema.keys),
        ("Value", source.value_format, tuple(c for c in source.schema.values if c.header is None)),
    ):
        try:
            if what == "Key":
                KeySerde(form, columns, source.window, source.window_size)
            else:
                check_maps(columns, form)
                value_format(form, columns, wrap_single=source.wrap_single, delimiter=source.delimiter)
        except KsqlError as error:
            marker = " KEY" if what == "Key" else ""
            shown = ", ".join(f"`{c.name}` {c.type}{marker}" for c in columns)
            reason = error.message.replace(_listed(columns, ""), _listed(columns, marker))
            raise KsqlError(
                f"{what} format does not support schema.\nformat: {form}\nschema: Persistence{{columns=[{shown}], "
                f"features=[]}}\nreason: {reason}"
            ) from error


def _listed(columns: tuple[Column, ...], marker: str) -> str:
    return "[" + ", ".join(f"`{c.name}` {c.type}{marker}" for c in columns) + "]"
