"""The broker's rules as a bare client sees them: settings, timestamps, topic ids, static members, old versions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from clickstream_embedded.broker.batches import LOG_APPEND_TIME, parse_header
from tests.processes import Server
from tests.servers.kafka_batches import batch
from tests.servers.kafka_wire import Wire


@pytest.fixture
def wire(broker: Server) -> Iterator[Wire]:
    opened = Wire(broker.address)
    yield opened
    opened.close()


def _make(wire: Wire, name: str, partitions: int = 1, **configs: str) -> uuid.UUID:
    named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    topic = {"name": name, "num_partitions": partitions, "replication_factor": 1, "assignments": (), "configs": named}
    (answer,) = wire.ask(19, 7, {"topics": [topic], "timeout": 5000, "validate_only": False})["topics"]
    assert answer["error_code"] == "none", answer
    return uuid.UUID(answer["topic_id"])


def _produce(wire: Wire, topic: str, records: bytes) -> dict[str, Any]:
    data = [{"name": topic, "partition_data": [{"index": 0, "records": records}]}]
    answer = wire.ask(0, 9, {"transactional_id": None, "acks": -1, "timeout": 3000, "topic_data": data})
    return answer["responses"][0]["partition_responses"][0]


def _fetch(wire: Wire, version: int, **topic: Any) -> dict[str, Any]:
    asked = {"partition": 0, "current_leader_epoch": -1, "fetch_offset": 0, "log_start_offset": -1,
             "partition_max_bytes": 1_000_000}  # fmt: skip
    answer = wire.ask(1, version, {
        "replica_id": -1, "max_wait": 50, "min_bytes": 1, "max_bytes": 1_000_000, "isolation_level": 0, "session_id": 0,
        "session_epoch": -1, "topics": [{**topic, "partitions": [asked]}], "forgotten_topics_data": (), "rack_id": "",
    })  # fmt: skip
    return answer["responses"][0]


def test_append_time_takes_the_place_of_the_records_own(wire: Wire) -> None:
    _make(wire, "stamped", message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    answer = _produce(wire, "stamped", batch(1000, 2000))
    assert answer["log_append_time"] >= before - 1
    header = parse_header(bytes.fromhex(_fetch(wire, 12, topic="stamped")["partitions"][0]["records"]))
    assert header.attributes & LOG_APPEND_TIME
    assert header.max_timestamp == answer["log_append_time"]


def test_a_record_out_of_the_allowed_time_is_refused(wire: Wire) -> None:
    _make(wire, "recent", message_timestamp_before_max_ms="60000")
    answer = _produce(wire, "recent", batch(1000))
    assert answer["error_code"] == "invalid_timestamp"
    assert "out of range" in answer["record_errors"][0]["batch_index_error_message"]


def test_topics_are_read_by_their_ids(wire: Wire) -> None:
    topic_id = _make(wire, "by-id")
    _produce(wire, "by-id", batch(1_700_000_000_000))
    for version in (13, 15, 17):
        found = _fetch(wire, version, topic_id=topic_id)
        assert (found["topic_id"], found["partitions"][0]["high_watermark"]) == (str(topic_id), 1)
    unknown = _fetch(wire, 13, topic_id=uuid.uuid4())["partitions"][0]
    assert unknown["error_code"] == "unknown_topic_id"


def test_lists_are_appended_to_and_subtracted_from(wire: Wire) -> None:
    _make(wire, "lists")

    def change(operation: int, value: str) -> str:
        config = [{"name": "cleanup.policy", "config_operation": operation, "value": value}]
        resource = {"resource_type": 2, "resource_name": "lists", "configs": config}
        (answer,) = wire.ask(44, 1, {"resources": [resource], "validate_only": False})["responses"]
        assert answer["error_code"] == "none", answer
        resource = {"resource_type": 2, "resource_name": "lists", "configuration_keys": ["cleanup.policy"]}
        described = wire.ask(
            32, 4, {"resources": [resource], "include_synonyms": False, "include_documentation": False}
        )
        return described["results"][0]["configs"][0]["value"]

    assert change(2, "compact") == "delete,compact"
    assert change(2, "compact") == "delete,compact"
    assert change(3, "delete") == "compact"


def test_the_first_versions_of_the_describing_apis_are_answered(wire: Wire) -> None:
    _make(wire, "old")
    # DescribeConfigs v0 and DescribeLogDirs v0, byte by byte: kio has no schema of them to ask with
    name = b"\0\x03old"
    header = b"\0\0\0\x07" + b"\0\x01x"
    described = wire.raw(b"\0\x20\0\0" + header + b"\0\0\0\x01\x02" + name + b"\0\0\0\x01\0\x0cretention.ms")
    assert (
        b"\0\x0cretention.ms\0\x09604800000\0\0\0" in described
    )  # not read-only, never said to be a default, not a secret
    folders = wire.raw(b"\0\x23\0\0" + header + b"\0\0\0\x01" + name + b"\0\0\0\x01\0\0\0\0")
    assert name in folders


def _join(wire: Wire, group: str, member: str, instance: str | None) -> dict[str, Any]:
    return wire.ask(11, 9, {
        "group_id": group, "session_timeout": 10_000, "rebalance_timeout": 10_000, "member_id": member,
        "group_instance_id": instance, "protocol_type": "consumer", "reason": None,
        "protocols": [{"name": "range", "metadata": b""}],
    })  # fmt: skip


def _sync(wire: Wire, group: str, joined: dict[str, Any], instance: str) -> dict[str, Any]:
    return wire.ask(14, 5, {
        "group_id": group, "generation_id": joined["generation_id"], "member_id": joined["member_id"],
        "group_instance_id": instance, "protocol_type": "consumer", "protocol_name": "range",
        "assignments": [{"member_id": joined["member_id"], "assignment": b"mine"}],
    })  # fmt: skip


def test_a_static_member_that_comes_back_keeps_its_place_and_fences_the_older_one(broker: Server, wire: Wire) -> None:
    first = _join(wire, "static", "", "one")
    assert first["generation_id"] == 1
    assert _sync(wire, "static", first, "one")["error_code"] == "none"
    other = Wire(broker.address)
    second = _join(other, "static", "", "one")
    assert second["generation_id"] == 1  # no rebalance
    assert second["member_id"] != first["member_id"]
    assert second["skip_assignment"]
    assert bytes.fromhex(_sync(other, "static", second, "one")["assignment"]) == b"mine"
    beat = {"group_id": "static", "generation_id": 1, "group_instance_id": "one"}
    assert wire.ask(12, 4, {**beat, "member_id": first["member_id"]})["error_code"] == "fenced_instance_id"
    assert other.ask(12, 4, {**beat, "member_id": second["member_id"]})["error_code"] == "none"
    other.close()


def test_a_default_of_the_broker_is_the_topics_default(wire: Wire) -> None:
    _make(wire, "defaulted")
    config = [{"name": "log.segment.delete.delay.ms", "config_operation": 0, "value": "777"}]
    resource = {"resource_type": 4, "resource_name": "1", "configs": config}
    assert wire.ask(44, 1, {"resources": [resource], "validate_only": False})["responses"][0]["error_code"] == "none"
    asked = {"resource_type": 2, "resource_name": "defaulted", "configuration_keys": ["file.delete.delay.ms"]}
    (found,) = wire.ask(32, 4, {"resources": [asked], "include_synonyms": True, "include_documentation": False})[
        "results"
    ]
    assert [(each["value"], each["source"]) for each in found["configs"][0]["synonyms"]] == [("777", 2), ("60000", 5)]


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("log.retention.ms", "1000", None),
        (
            "log.retention.ms",
            "soon",
            "Invalid value soon for configuration log.retention.ms: Not a number of type LONG",
        ),
        ("num.io.threads", "16", None),
        ("num.io.threads", "0", "Invalid value 0 for configuration num.io.threads: Value must be at least 1"),
        ("num.io.threads", "17", "should not be greater than double the current value 8"),
        ("ssl.keystore.location", "/x", "only per-listener using the listener prefix: HashSet(ssl.keystore.location)"),
        ("max.connections", "70", None),
        ("max.connections", "0", "Invalid max.connections 0"),
        ("broker.id", "7", "Cannot update these configs dynamically: Set(broker.id)"),
        ("log.dirs", "/x", "Cannot update these configs dynamically: Set(log.dirs)"),
    ],
)
def test_a_setting_of_the_broker_is_honoured_or_refused(wire: Wire, name: str, value: str, wanted: str | None) -> None:
    change = {"name": name, "config_operation": 0, "value": value}
    resource = {"resource_type": 4, "resource_name": "1", "configs": [change]}
    (answer,) = wire.ask(44, 1, {"resources": [resource], "validate_only": True})["responses"]
    assert answer["error_code"] == ("invalid_request" if wanted else "none"), answer
    assert (wanted or "") in (answer["error_message"] or "")
