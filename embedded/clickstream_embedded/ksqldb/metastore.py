"""Streams, tables and types that exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.types.schema import Schema
from clickstream_embedded.ksqldb.types.sql_types import SqlType


@dataclass(frozen=True, slots=True)
class SchemaRef:
    """Which schema of a Schema Registry the keys or values of a topic have.

    Args:
        url: the registry's address; "" for PROTOBUF_NOSR, which has its schema in none.
        subject: TOPIC-key or TOPIC-value.
        schema_id: what KEY_SCHEMA_ID or VALUE_SCHEMA_ID say; None for the one made of the columns.
        name: the full name of the record that is made of the columns, "" for ksqlDB's own.
        nullable: how Protobuf tells null from a default: "" not at all, OPTIONAL, or WRAPPER.
    """

    url: str
    subject: str
    schema_id: int | None = None
    name: str = ""
    nullable: str = ""

    @property
    def topic(self) -> str:
        return self.subject.removesuffix("-key").removesuffix("-value")


@dataclass(frozen=True, slots=True)
class DataSource:
    """A stream or table over a topic. `window_size` is in ms; `query_id` is of the query that writes it."""

    name: str
    kind: str
    schema: Schema
    topic: str
    key_format: str
    value_format: str
    statement: str
    window: str | None = None
    window_size: int | None = None
    timestamp_column: str | None = None
    timestamp_format: str | None = None
    wrap_single: bool = True
    delimiter: str | None = None
    key_delimiter: str | None = None
    query_id: str | None = None
    read_only: bool = False
    partitions: int = 1
    key_schema: SchemaRef | None = None
    value_schema: SchemaRef | None = None

    @property
    def is_table(self) -> bool:
        return self.kind == "TABLE"


@dataclass
class MetaStore:
    """All sources by name, and the types of CREATE TYPE; the address of the Schema Registry, "" where there is none."""

    sources: dict[str, DataSource] = field(default_factory=dict[str, DataSource])
    types: dict[str, SqlType] = field(default_factory=dict[str, Any])
    registry: str = ""

    def copy(self) -> MetaStore:
        """One that can be changed on its own; sources and types are immutable."""
        return MetaStore(dict(self.sources), dict(self.types), self.registry)

    def get(self, name: str) -> DataSource:
        """Raises KsqlError where there is no such source."""
        source = self.sources.get(name)
        if source is None:
            raise KsqlError(f"{name} does not exist.")
        return source

    def check_new(self, name: str, kind: str) -> None:
        """Raises KsqlError where the name is taken."""
        known = self.sources.get(name)
        if known is not None:
            raise KsqlError(
                f"Cannot add {kind.lower()} '{name}': A {known.kind.lower()} with the same name already exists"
            )

    def insertable(self, name: str) -> DataSource:
        """The source that rows can be written into. Raises KsqlError where there is none."""
        source = self.sources.get(name)
        if source is None:
            near = next((other for other in self.sources if other.upper() == name.upper()), None)
            hint = ""
            if near is not None:
                hint = f"\nDid you mean {near}? Hint: try removing double quotes from the source name."
                if near != near.upper():
                    hint = f'\nDid you mean "{near}"? Hint: wrap the source name in double quotes to make it case-sensitive.'
            raise KsqlError(f"Cannot insert values into an unknown stream/table: `{name}`{hint}")
        if source.read_only:
            raise KsqlError(f"Cannot insert values into read-only {source.kind.lower()}: {name}")
        return source
