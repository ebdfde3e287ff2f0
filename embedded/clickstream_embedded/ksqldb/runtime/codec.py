"""Records of a source's topic to engine records, and results to bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from clickstream_embedded.ksqldb.errors import InvalidTimestamp, KsqlError, SerializationError
from clickstream_embedded.ksqldb.formats.lookups import Lookup
from clickstream_embedded.ksqldb.formats.serde import Format, KeySerde, check_maps, value_format
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_embedded.ksqldb.operators.operator import Batch, Record, Row
from clickstream_embedded.ksqldb.runtime.columns import Columns
from clickstream_embedded.ksqldb.runtime.outbox import Messages
from clickstream_embedded.ksqldb.types.java_time.sql import parse_moment
from clickstream_embedded.ksqldb.types.schema import Column
from clickstream_embedded.schemas.client import RegistryAway

_KNOWN_KEYS = 10_000
_WANTED = 8  # sets of columns; they change with the queries that read together
Wanted = frozenset[str] | None  # columns by name, None stands for all


def both(one: Wanted, other: Wanted) -> Wanted:
    """What either of two asks for."""
    return None if one is None or other is None else one | other


@dataclass(frozen=True, slots=True)
class Decoded:
    """The records of some messages, and what could not be read: `topic-partition@offset: reason`."""

    records: list[Record]
    errors: list[str]


def source_row(source: DataSource) -> Callable[[Row, Row | None, int, int, int, tuple[int, int] | None], Row]:
    """How the internal row of a source is put together; see `Input.columns`."""
    missing = (None,) * len(source.schema.keys)
    if source.window:
        return lambda value, key, ts, partition, offset, window: (
            *value, ts, partition, offset, *(window or (None, None)), *(key or missing),
        )  # fmt: skip
    return lambda value, key, ts, partition, offset, _: (*value, ts, partition, offset, *(key or missing))


class Codec:
    """Reads and writes the records of one source. Raises KsqlError for columns its formats cannot hold."""

    def __init__(self, source: DataSource, *, strict_times: bool = False) -> None:
        self.source = source
        self._strict_times = strict_times
        columns = source.schema.values
        self._plain = tuple(column for column in columns if column.header is None)
        self._headers = [(place, column) for place, column in enumerate(columns) if column.header is not None]
        self._values = Lookup(self._format, _WANTED)
        self._value = self._values[None]
        self._key = KeySerde(
            source.key_format, source.schema.keys, source.window, source.window_size, source.key_delimiter,
            source.key_schema,
        )  # fmt: skip
        self._reader = self.reader()
        self._is_simple = not (source.window or self._headers or source.timestamp_column)
        # the keys seen last, as they are and as bytes: a topic has few of them, again and again
        self._keeps_keys = all(c.type.name in ("INTEGER", "BIGINT", "STRING") for c in source.schema.keys)
        self._known = Lookup(lambda data: self._key.decode(data)[0], _KNOWN_KEYS if self._keeps_keys else 0)
        self._written = Lookup(lambda key: self._key.encode(key, None), _KNOWN_KEYS)
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

    def _format(self, wanted: Wanted) -> Format:
        of = self.source
        if wanted is not None and of.value_format != "JSON":  # the others read whole rows
            return self._value
        return value_format(
            of.value_format, self._plain, wrap_single=of.wrap_single, delimiter=of.delimiter, schema=of.value_schema,
            wanted=wanted,
        )  # fmt: skip

    def reads_as(self, other: Codec) -> bool:
        """Whether both make the same records of a message; in a worker each query has a copy of its source."""
        mine, theirs = self.source, other.source
        return (mine is theirs or mine == theirs) and self._strict_times == other._strict_times

    def records(self, columns: Columns, wanted: Wanted = None) -> Decoded:
        """What Kafka messages decode to; those that cannot be read are skipped and told.

        Args:
            columns: Of the messages.
            wanted: The names of the value columns that rows have to hold, None for all.
        """
        if self._is_simple:
            try:
                return Decoded(self._read_all(columns, wanted), [])
            except RegistryAway:
                raise
            except Exception:  # noqa: BLE001, S110 - one of them cannot be read: the others still are
                pass
        records: list[Record] = []
        errors: list[str] = []
        for message in columns:
            try:
                records.append(self._reader(*message))
            except SerializationError as error:
                errors.append(f"{self.source.topic}-{message[3]}@{message[4]}: {error}")
        return Decoded(records, errors)

    def _read_all(self, columns: Columns, wanted: Wanted) -> list[Record]:
        """All at once, column by column, in a third of the time. Raises SerializationError where one cannot be read."""
        values: list[Any] = columns.values
        if None in values:  # tombstones
            rest = iter(self._read_all(columns.only([value is not None for value in values]), wanted))
            return [self._reader(*each) if each[1] is None else next(rest) for each in columns]
        stamps, (keys, parts) = columns.stamps, self._keys(columns.keys)
        rows = self._values[wanted].decode_all(values, stamps, columns.partitions, columns.offsets, *parts)
        return list(zip(keys, rows, stamps, repeat(None), repeat(None)))

    def _keys(self, found: list[bytes | None]) -> tuple[Iterable[Row | None], list[list[Any]]]:
        """The keys that bytes stand for, and the same column by column."""
        if not self.source.schema.keys:
            return repeat(None), []
        keys: list[Any] = list(map(self._known.__getitem__, found))
        rows = [self._no_key if key is None else key for key in keys] if None in keys else keys
        return keys, [[row[place] for row in rows] for place in range(len(self._no_key))]

    def reader(self) -> Callable[..., Record]:
        """A function `(key, value, timestamp, partition, offset, headers) -> Record`; raises SerializationError."""
        build = source_row(self.source)

        def read(*message: Any) -> Record:
            try:
                return whole(*message)
            except (SerializationError, RegistryAway, InvalidTimestamp):
                raise
            except Exception as error:  # whatever hostile bytes make a decoder raise: RecursionError, TypeError, ...
                raise SerializationError(f"{type(error).__name__}: {error}") from error

        def whole(
            key: bytes | None, value: bytes | None, timestamp: int, partition: int, offset: int, headers: Any = None
        ) -> Record:
            key_row, window = self._key.decode(key)
            row = None if value is None else self._value.decode(value)
            if row is None:
                return (key_row, None, timestamp, window, None)
            if self._headers:
                row = self._with_headers(row, headers or [])
            if self._time_index is not None:
                timestamp = self._source_time(row[self._time_index], timestamp)
            elif self._time_key is not None and key_row is not None:
                timestamp = self._source_time(key_row[self._time_key], timestamp)
            return (key_row, build(row, key_row, timestamp, partition, offset, window), timestamp, window, None)

        return read

    def row_reader(self) -> Callable[[bytes | None, bytes | None, int], Record]:
        """A function `(key, value, timestamp) -> Record` of a row as a query writes it, without pseudo columns."""

        def read(key: bytes | None, value: bytes | None, timestamp: int) -> Record:
            try:
                key_row, window = self._key.decode(key)
                row = None if value is None else self._value.decode(value)
            except RegistryAway:
                raise
            except Exception as error:
                raise SerializationError(f"{type(error).__name__}: {error}") from error
            return (key_row, row, timestamp, window, None)

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

    def _source_time(self, value: Any, fallback: int) -> int:
        try:
            return self._timestamp(value, fallback)
        except ValueError as error:
            if self._strict_times:
                why = f"Fatal user code error in TimestampExtractor callback for record of {self.source.topic}: {error}"
                raise InvalidTimestamp(why) from error
            raise

    def _timestamp(self, value: Any, fallback: int) -> int:
        if value is None:
            raise SerializationError("the timestamp column is null")
        moment = parse_moment(value, self.source.timestamp_format) if self.source.timestamp_format else int(value)
        if moment < 0:
            raise SerializationError(f"the timestamp column holds a negative time: {moment}")
        return moment

    def messages(self, batch: Batch) -> Messages:
        """Results as what is written. Raises SerializationError where one of them cannot be."""
        keys, rows, stamps = [r[0] for r in batch], [r[1] for r in batch], [r[2] for r in batch]
        if self._time_index is not None:
            stamps = [self.output_timestamp(row, stamp) for row, stamp in zip(rows, stamps, strict=True)]
        if min(stamps, default=0) < 0:
            stamps = [max(0, stamp) for stamp in stamps]
        return Messages(self._key_bytes(keys, batch), self._value_bytes(rows), stamps)

    def _value_bytes(self, rows: list[Any]) -> list[bytes | None]:
        if None not in rows:
            return [*self._value.encode_all(rows)]
        values = iter(self._value.encode_all([row for row in rows if row is not None]))
        return [None if row is None else next(values) for row in rows]

    def _key_bytes(self, keys: list[Row | None], batch: Batch) -> list[bytes | None]:
        if not self._keeps_keys:
            return [self._key.encode(record[0], record[3]) for record in batch]
        written = list(map(self._written.__getitem__, keys))
        if self.source.window is None:
            return written
        bounded = self._key.with_window
        return [data if r[3] is None else bounded(data, r[3]) for data, r in zip(written, batch, strict=True)]

    def encode_key(self, key: tuple[Any, ...] | None, window: tuple[int, int] | None = None) -> bytes | None:
        return self._key.encode(key, window)

    def output_timestamp(self, row: tuple[Any, ...] | None, timestamp: int) -> int:
        """The timestamp of a record written to this source: its TIMESTAMP column where one is declared."""
        if row is None or self._time_index is None:
            return timestamp
        return self._timestamp(row[self._time_index], timestamp)

    def encode_value(self, row: tuple[Any, ...] | None) -> bytes | None:
        return None if row is None else self._value.encode(row)


def check_formats(source: DataSource) -> None:
    """Raises KsqlError where the formats cannot hold the columns."""
    for what, form, columns in (
        ("Key", source.key_format, source.schema.keys),
        ("Value", source.value_format, tuple(c for c in source.schema.values if c.header is None)),
    ):
        try:
            if what == "Key":
                KeySerde(form, columns, source.window, source.window_size, schema=source.key_schema)
            else:
                check_maps(columns, form)
                value_format(form, columns, wrap_single=source.wrap_single, delimiter=source.delimiter,
                             schema=source.value_schema)  # fmt: skip
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
