"""The settings of the Elasticsearch sink, read once."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from clickstream_embedded.connect.config.catalog import ELASTICSEARCH
from clickstream_embedded.connect.config.definition import definitions, parse
from clickstream_embedded.connect.elasticsearch_sink.tls import tls
from clickstream_embedded.connect.transforms.record import names


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """What a configuration says; times in seconds."""

    urls: tuple[str, ...]
    login: tuple[str, str] | None
    batch: int
    in_flight: int
    buffered: int
    linger: float
    flush_timeout: float
    retries: int
    backoff: float
    connect_timeout: float
    read_timeout: float
    idle: float
    compresses: bool
    creates_indices: bool
    type_name: str
    key_ignore: bool
    key_ignore_topics: frozenset[str]
    schema_ignore: bool
    schema_ignore_topics: frozenset[str]
    compact_maps: bool
    drop_invalid: bool
    on_null: str
    on_malformed: str
    upserts: bool
    proxy: str | None
    tls: ssl.SSLContext | bool
    indices: Mapping[str, str] = field(default_factory=dict[str, str])

    def index_of(self, topic: str) -> str:
        """The index of a topic: that of `topic.index.map`, else its name in lower case."""
        return self.indices.get(topic, topic.lower())

    def ignores_key(self, topic: str) -> bool:
        return self.key_ignore or topic in self.key_ignore_topics

    def ignores_schema(self, topic: str) -> bool:
        return self.schema_ignore or topic in self.schema_ignore_topics


def _proxy(host: str, port: int, user: str, password: str) -> str | None:
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"http://{login}{host}:{port}" if host else None


def sink_settings(config: Mapping[str, str]) -> SinkSettings:
    """The settings of a valid configuration. Raises JavaError for stores that cannot be read."""
    keys = {key.name: key for key in definitions()[ELASTICSEARCH]}

    def text(name: str) -> str:
        return (config.get(name) or keys[name].default or "").strip()

    def number(name: str) -> int:
        return int(parse(keys[name], text(name)))

    def flag(name: str) -> bool:
        return text(name).lower() == "true"

    pairs = (each.split(":", 1) for each in names(text("topic.index.map")) if ":" in each)
    user = text("connection.username")
    host = text("proxy.host")
    return SinkSettings(
        urls=tuple(each.rstrip("/") for each in names(text("connection.url")) if each),
        login=(user, text("connection.password")) if user else None,
        batch=number("batch.size"), in_flight=number("max.in.flight.requests"), buffered=number("max.buffered.records"),
        linger=number("linger.ms") / 1000, flush_timeout=number("flush.timeout.ms") / 1000, retries=number("max.retries"),
        backoff=number("retry.backoff.ms") / 1000, connect_timeout=number("connection.timeout.ms") / 1000,
        read_timeout=number("read.timeout.ms") / 1000, idle=number("max.connection.idle.time.ms") / 1000,
        compresses=flag("connection.compression"), creates_indices=flag("auto.create.indices.at.start"),
        type_name=text("type.name"), key_ignore=flag("key.ignore"),
        key_ignore_topics=frozenset(names(text("topic.key.ignore"))), schema_ignore=flag("schema.ignore"),
        schema_ignore_topics=frozenset(names(text("topic.schema.ignore"))), compact_maps=flag("compact.map.entries"),
        drop_invalid=flag("drop.invalid.message"), on_null=text("behavior.on.null.values").lower(),
        on_malformed=text("behavior.on.malformed.documents").lower(), upserts=text("write.method").lower() == "upsert",
        proxy=_proxy(host, number("proxy.port"), text("proxy.username"), text("proxy.password")), tls=tls(config),
        indices={topic.strip(): index.strip() for topic, index in pairs},
    )  # fmt: skip
