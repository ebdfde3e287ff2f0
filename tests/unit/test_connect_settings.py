"""Every setting of the worker's classes, with what honours it: none is accepted and ignored in silence."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Any

import pytest

import clickstream_embedded.connect
from clickstream_embedded.connect.config import overrides
from clickstream_embedded.connect.config.catalog import DATAGEN, ELASTICSEARCH, FILE_SINK, FILE_SOURCE
from clickstream_embedded.connect.config.definition import definitions
from clickstream_embedded.connect.elasticsearch_sink.settings import sink_settings
from clickstream_embedded.connect.elasticsearch_sink.tls import tls
from clickstream_embedded.connect.java_errors import ConfigError, JavaError
from clickstream_embedded.connect.worker.sink_offsets import group_of
from clickstream_embedded.connect.worker.worker_settings import worker_settings
from tests.certificates import openssl

_ROOT = Path(clickstream_embedded.connect.__file__).parent
_FIELDS, _HEADERS, _SINK, _TLS = (
    "transforms/fields.py",
    "transforms/headers.py",
    "elasticsearch_sink/settings.py",
    "elasticsearch_sink/tls.py",
)
_NULLS = "replace.null.with.default"
_NOTHING = "as in the real one: "  # what has no effect there either, and why
# by class, without its last part for keys and values: setting -> module that reads it, or why there is nothing to honour
HONOURED: dict[str, dict[str, str]] = {
    "connector": {
        "name": "worker/store.py", "connector.class": "worker/connectors.py", "tasks.max": "worker/connectors.py",
        "tasks.max.enforce": _NOTHING + "no class here makes more tasks than it may",
        "key.converter": "tasks/conversion.py", "value.converter": "tasks/conversion.py", "header.converter": "tasks/conversion.py",
        "transforms": "transforms/chain.py", "predicates": "transforms/chain.py",
        "config.action.reload": _NOTHING + "it is about configuration providers, and there are none",
        "errors.retry.timeout": "tasks/retries.py", "errors.retry.delay.max.ms": "tasks/retries.py",
        "errors.tolerance": "tasks/tolerance.py", "errors.log.enable": "tasks/tolerance.py",
        "errors.log.include.messages": "tasks/tolerance.py",
    },
    "sink": {
        "topics": "tasks/sink_task.py", "topics.regex": "tasks/sink_task.py",
        "errors.deadletterqueue.topic.name": "tasks/tolerance.py",
        "errors.deadletterqueue.topic.replication.factor": "tasks/tolerance.py",
        "errors.deadletterqueue.context.headers.enable": "tasks/tolerance.py",
    },
    "source": {
        "topic.creation.groups": "tasks/topic_creation.py", "exactly.once.support": "config/rules.py",
        "transaction.boundary": _NOTHING + "sources have no transactions where exactly-once is off",
        "transaction.boundary.interval.ms": _NOTHING + "the same",
        "offsets.storage.topic": "worker/task_factory.py",  # told in the log: it is not used
    },
    FILE_SINK: {"file": "tasks/file_stream.py"},
    FILE_SOURCE: {
        "file": "tasks/file_stream.py", "topic": "tasks/file_stream.py",
        "batch.size": _NOTHING + "it bounds what one poll gives, and records go one by one here",
    },
    DATAGEN: dict.fromkeys(
        ("kafka.topic", "max.interval", "iterations", "schema.string", "schema.filename", "schema.keyfield", "quickstart",
         "random.seed"), "datagen/source.py"),
    "transforms.Cast": {"spec": "transforms/casts.py", _NULLS: "transforms/casts.py"},
    "transforms.DropHeaders": {"headers": _HEADERS},
    "transforms.ExtractField": dict.fromkeys(("field", _NULLS, "field.syntax.version"), _FIELDS),
    "transforms.Filter": {}, "transforms.Flatten": {"delimiter": _FIELDS},
    "transforms.HeaderFrom": dict.fromkeys(("fields", "headers", "operation", _NULLS), _HEADERS),
    "transforms.HoistField": {"field": _FIELDS},
    "transforms.InsertField": dict.fromkeys(
        ("topic.field", "partition.field", "offset.field", "timestamp.field", "static.field", "static.value", _NULLS), _FIELDS),
    "transforms.InsertHeader": dict.fromkeys(("header", "value.literal"), _HEADERS),
    "transforms.MaskField": dict.fromkeys(("fields", "replacement", _NULLS), _FIELDS),
    "transforms.RegexRouter": dict.fromkeys(("regex", "replacement"), _HEADERS),
    "transforms.ReplaceField": dict.fromkeys(("exclude", "blacklist", "include", "whitelist", "renames", _NULLS), _FIELDS),
    "transforms.SetSchemaMetadata": dict.fromkeys(("schema.name", "schema.version", _NULLS), _HEADERS),
    "transforms.TimestampConverter": dict.fromkeys(
        ("field", "target.type", "format", "unix.precision", _NULLS), "transforms/timestamps.py"),
    "transforms.TimestampRouter": dict.fromkeys(("topic.format", "timestamp.format"), _HEADERS),
    "transforms.ValueToKey": dict.fromkeys(("fields", _NULLS), _FIELDS),
    "predicates.HasHeaderKey": {"name": "transforms/chain.py"}, "predicates.RecordIsTombstone": {},
    "predicates.TopicNameMatches": {"pattern": "transforms/chain.py"},
    "json.JsonConverter": {
        **dict.fromkeys(("schemas.enable", "decimal.format", _NULLS), "converters/json_converter.py"),
        "schemas.cache.size": _NOTHING + "no answer depends on what is cached",
    },
    "storage.StringConverter": {"converter.encoding": "converters/string_converter.py"},
    "storage.SimpleHeaderConverter": {},
    **{f"converters.{name}Converter": {} for name in ("Boolean", "ByteArray", "Double", "Float", "Integer", "Long", "Short")},
    ELASTICSEARCH: {
        **dict.fromkeys(
            ("connection.url", "connection.username", "connection.password", "batch.size", "max.in.flight.requests",
             "max.buffered.records", "linger.ms", "flush.timeout.ms", "max.retries", "retry.backoff.ms",
             "connection.compression", "max.connection.idle.time.ms", "connection.timeout.ms", "read.timeout.ms",
             "auto.create.indices.at.start", "type.name", "key.ignore", "schema.ignore", "compact.map.entries",
             "topic.index.map", "topic.key.ignore", "topic.schema.ignore", "drop.invalid.message",
             "behavior.on.null.values", "behavior.on.malformed.documents", "write.method", "proxy.host", "proxy.port",
             "proxy.username", "proxy.password"), _SINK),
        "elastic.security.protocol": _TLS,
        **{f"elastic.https.{name}": _TLS for name in (
            "ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.location",
            "ssl.keystore.password", "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password",
            "ssl.enabled.protocols", "ssl.keystore.type", "ssl.protocol", "ssl.provider", "ssl.truststore.type",
            "ssl.cipher.suites", "ssl.endpoint.identification.algorithm", "ssl.engine.factory.class",
            "ssl.keymanager.algorithm", "ssl.secure.random.implementation", "ssl.trustmanager.algorithm")},
    },
}  # fmt: skip


def _short(class_name: str) -> str:
    """As the table has it."""
    bare = class_name.removeprefix("org.apache.kafka.connect.").split("$")[0]
    return bare.removeprefix("transforms.") if bare.startswith("transforms.predicates.") else bare


def test_the_table_has_every_setting_there_is() -> None:
    wanted = {
        _short(name): sorted(key.name for key in keys if key.name != "converter.type")  # set by the worker itself
        for name, keys in definitions().items()
    }
    assert {name.removeprefix("org.apache.kafka.connect."): sorted(keys) for name, keys in HONOURED.items()} == wanted


def test_what_is_said_to_honour_a_setting_reads_it() -> None:
    missed: list[str] = []
    for name, keys in HONOURED.items():
        for key, where in keys.items():
            if where.startswith(_NOTHING):
                continue
            source = (_ROOT / where).read_text("utf-8")
            parts = [key.removeprefix("elastic.https."), key]
            if key.startswith("schema.") or key.endswith(".field"):  # read by what is told apart
                parts += [key.removeprefix("schema."), key.removesuffix(".field")]
            if not any(f"{quote}{part}{quote}" in source for part in parts for quote in "\"'"):
                missed.append(f"{name} {key} in {where}")
    assert missed == []


@pytest.mark.parametrize(("config", "proxy"), [
    ({}, None), ({"proxy.host": "p"}, "http://p:8080"),
    ({"proxy.host": "p", "proxy.port": "1", "proxy.username": "a@b", "proxy.password": "c:d"}, "http://a%40b:c%3Ad@p:1"),
])  # fmt: skip
def test_a_proxy_is_used_with_its_credentials(config: dict[str, str], proxy: str | None) -> None:
    assert sink_settings({"connection.url": "http://h:1", **config}).proxy == proxy


def _tls(**settings: str) -> Any:
    return tls(
        {
            "elastic.security.protocol": "SSL",
            **{f"elastic.https.ssl.{k.replace('_', '.')}": v for k, v in settings.items()},
        }
    )


def test_tls_is_as_the_settings_say(tmp_path: Path) -> None:
    key, certificate, packed = (tmp_path / name for name in ("k.pem", "c.pem", "c.p12"))
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=h", "-keyout", str(key), "-out", str(certificate)
    )
    openssl("pkcs12", "-export", "-inkey", str(key), "-in", str(certificate), "-passout", "pass:x", "-out", str(packed))
    assert tls({}) is True
    usual = _tls()
    assert (usual.verify_mode, usual.check_hostname) == (ssl.CERT_REQUIRED, True)
    before = usual.cert_store_stats()["x509"]
    for settings in (
        {"truststore_type": "PEM", "truststore_location": str(certificate)},
        {"truststore_type": "PEM", "truststore_certificates": certificate.read_text()},
        {"truststore_type": "PKCS12", "truststore_location": str(packed), "truststore_password": "x"},
    ):
        assert _tls(**settings).cert_store_stats()["x509"] == before + 1
    both = key.read_text() + certificate.read_text()
    (tmp_path / "both.pem").write_text(both)
    _tls(keystore_type="PEM", keystore_location=str(tmp_path / "both.pem"))
    _tls(keystore_type="PEM", keystore_key=key.read_text(), keystore_certificate_chain=certificate.read_text())
    _tls(keystore_type="PKCS12", keystore_location=str(packed), keystore_password="x")
    assert not _tls(endpoint_identification_algorithm="").check_hostname
    assert _tls(enabled_protocols="TLSv1.3").minimum_version == ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize(("settings", "why"), [
    ({"truststore_location": "/x.jks"}, "Failed to load SSL keystore /x.jks of type JKS"),
    ({"keystore_location": "/x.p12", "keystore_type": "PKCS12"}, "Failed to load SSL keystore /x.p12 of type PKCS12"),
    ({"truststore_type": "PEM", "truststore_certificates": "x"}, "of type PEM"), ({"provider": "BC"}, "no such provider: BC"),
    ({"cipher_suites": "TLS_X"}, "Unsupported CipherSuite: TLS_X"), ({"enabled_protocols": "SSLv3"}, "No appropriate protocol"),
    ({"keymanager_algorithm": "X"}, "X KeyManagerFactory not available"),
])  # fmt: skip
def test_what_tls_cannot_be_is_refused(settings: dict[str, str], why: str) -> None:
    with pytest.raises(JavaError, match=why):
        _tls(**settings)


def test_overrides_that_no_client_here_has_are_told(caplog: pytest.LogCaptureFixture) -> None:
    given = {
        "name": "s", "consumer.override.session.timeout.ms": "7000", "consumer.override.interceptor.classes": "x",
        "consumer.override.max.poll.records": "3", "consumer.override.bootstrap.servers": "h:1",
        "admin.override.request.timeout.ms": "9", "producer.override.buffer.memory": "5",
    }  # fmt: skip
    with caplog.at_level(logging.WARNING, "connect"):
        assert overrides.client_settings("consumer.override.", given) == {"session.timeout.ms": "7000"}
        assert overrides.client_settings("admin.override.", given) == {"socket.timeout.ms": "9"}
        assert overrides.client_settings("producer.override.", given) == {}
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "s: These configurations '['bootstrap.servers', 'interceptor.classes']' were supplied but are not used yet.",
        "s: These configurations '['buffer.memory']' were supplied but are not used yet.",
    ]


def test_a_sink_with_a_group_of_its_own_is_asked_about_that_group() -> None:
    assert group_of("s", {}) == "connect-s"
    assert group_of("s", {"consumer.override.group.id": "g"}) == "g"


def test_the_workers_settings_are_honoured_told_or_refused(caplog: pytest.LogCaptureFixture) -> None:
    given = {
        "CONNECT_OFFSET_FLUSH_INTERVAL_MS": "250", "CONNECT_BOOTSTRAP_SERVERS": "h:1", "CONNECT_VALUE_CONVERTER": "x",
        "CONNECT_TOPIC_CREATION_ENABLE": "TRUE", "CONNECT_PRODUCER_LINGER_MS": "5", "PATH": "/",
    }  # fmt: skip
    with caplog.at_level(logging.WARNING, "connect"):
        assert worker_settings(given).flush_interval == 0.25
    assert "['producer.linger.ms']" in caplog.text
    assert worker_settings({}).flush_interval == 5.0
    for name, value in (
        ("TOPIC_CREATION_ENABLE", "false"), ("CONNECTOR_CLIENT_CONFIG_OVERRIDE_POLICY", "None"),
        ("EXACTLY_ONCE_SOURCE_SUPPORT", "enabled"), ("OFFSET_FLUSH_INTERVAL_MS", "0"), ("OFFSET_FLUSH_INTERVAL_MS", "x"),
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            worker_settings({f"CONNECT_{name}": value})
