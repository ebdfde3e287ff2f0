"""What a broker is asked seldom, and what is wrong in a request: answered as Apache Kafka 3.9 answered (recorded side by side)."""

from __future__ import annotations

import gzip
import time
import uuid
from typing import Any

import pytest

from tests.processes import Server
from tests.servers.broker_plays import Stage, fetched, listed, produced, records, topic

BROKER_SETTINGS = "group.initial.rebalance.delay.ms=0"


def _put(stage: Stage, name: str, data: bytes, **more: Any) -> dict[str, Any]:
    return stage.ask("", 0, 9, produced(name, data, **more))["responses"][0]["partition_responses"][0]


def test_a_compacted_topic_takes_no_record_without_a_key(stage: Stage) -> None:
    stage.ask("", 19, 5, topic("keyed", cleanup_policy="compact"))
    found = _put(stage, "keyed", records((b"a", b"1"), (None, b"2")))
    assert found["error_code"] == "invalid_record"
    assert [each["batch_index"] for each in found["record_errors"]] == [1]
    assert "Compacted topic cannot accept message without key in topic partition keyed-0" in found["error_message"]
    assert _put(stage, "keyed", records((b"a", b"1")))["base_offset"] == 0


def test_batches_are_looked_into_where_their_head_lies(stage: Stage) -> None:
    stage.ask("", 19, 5, topic("looked"))
    assert _put(stage, "looked", records((b"a", b"1"), attributes=1))["error_code"] == "unknown_server_error"
    assert _put(stage, "looked", records())["error_code"] == "invalid_record"
    transactional = records((b"a", b"1"), attributes=0x10, producer=(5, 0, 0))
    assert _put(stage, "looked", transactional)["error_code"] == "transactional_id_authorization_failed"
    assert _put(stage, "looked", records((b"a", b"1"), attributes=1, pack=gzip.compress))["base_offset"] == 0


def test_a_partition_that_stands_twice_is_answered_once(stage: Stage) -> None:
    stage.ask("", 19, 5, topic("twice", 2))
    asked = produced("twice", records((b"a", b"1")))
    answer = stage.ask("", 0, 9, {**asked, "topic_data": asked["topic_data"] * 2})
    assert [len(each["partition_responses"]) for each in answer["responses"]] == [1]
    assert stage.ask("", 2, 7, listed("twice", -1))["topics"][0]["partitions"][0]["offset"] == 1
    first = stage.ask("", 1, 11, fetched("twice", most=0))["responses"][0]["partitions"][0]
    assert first["records"], "one batch is given however little was asked for"


def test_markers_end_what_another_left_open(stage: Stage) -> None:
    stage.ask("", 19, 5, topic("marked"))
    marker = {"producer_id": 77, "producer_epoch": 3, "transaction_result": False, "coordinator_epoch": 2,
              "topics": [{"name": "marked", "partition_indexes": [0, 9]}]}  # fmt: skip

    def codes(**changes: Any) -> list[str]:
        answer = stage.ask("", 27, 1, {"markers": [{**marker, **changes}]})
        return [each["error_code"] for each in answer["markers"][0]["topics"][0]["partitions"]]

    assert codes() == ["none", "unknown_topic_or_partition"]
    assert codes(producer_epoch=2)[0] == "invalid_producer_epoch"
    assert codes(coordinator_epoch=1)[0] == "transaction_coordinator_fenced"
    assert stage.ask("", 2, 7, listed("marked", -1))["topics"][0]["partitions"][0]["offset"] == 1


def test_the_voters_are_what_they_are(stage: Stage) -> None:
    voter = {"cluster_id": None, "voter_id": 5, "voter_directory_id": uuid.UUID(int=5)}
    listener = {"name": "CONTROLLER", "host": "localhost", "port": 9}
    added = stage.ask("", 80, 0, {**voter, "timeout": 100, "listeners": [listener]})
    assert added["error_code"] == "unsupported_version"
    assert "kraft.version feature is 0" in added["error_message"]
    assert stage.ask("", 81, 0, voter)["error_code"] == "unsupported_version"
    assert stage.ask("", 81, 0, {**voter, "cluster_id": "x"})["error_code"] == "inconsistent_cluster_id"


def test_credentials_are_kept_and_described(stage: Stage) -> None:
    new = {"name": "eve", "mechanism": 1, "iterations": 4096, "salt": b"s", "salted_password": b"p"}
    few = {**new, "name": "joe", "iterations": 5}
    found = stage.ask("", 51, 0, {"deletions": (), "upsertions": [new, few]})["results"]
    assert [(each["user"], each["error_code"]) for each in found] == [
        ("eve", "none"),
        ("joe", "unacceptable_credential"),
    ]
    (eve,) = stage.ask("", 50, 0, {"users": None})["results"]
    assert eve["credential_infos"] == [{"mechanism": 1, "iterations": 4096}]


def _quota(client: str, key: str, value: float) -> dict[str, Any]:
    entity, change = {"entity_type": "client-id", "entity_name": client}, {"key": key, "value": value, "remove": False}
    return {"entries": [{"entity": [entity], "ops": [change]}], "validate_only": False}


@pytest.mark.parametrize("version", [8, 9])
def test_a_producer_above_its_quota_is_told_and_not_heard(stage: Stage, version: int) -> None:
    client = f"loud{version}"
    stage.ask("", 19, 5, topic(client))
    stage.ask("", 49, 1, _quota(client, "producer_byte_rate", 1000))
    begun = time.monotonic()
    asked = produced(client, records((b"k", b"v" * 10_500)))
    told = stage.ask("", 0, version, asked, by=client)
    assert 0 < told["throttle_time"] < 3000
    stage.ask("", 18, 0, {}, by=client)
    assert time.monotonic() - begun >= told["throttle_time"] / 1000
    assert stage.ask("", 0, version, asked, by="another")["throttle_time"] == 0


@pytest.mark.parametrize("version", [11, 12])
def test_a_consumer_above_its_quota_gets_nothing_for_a_while(stage: Stage, version: int) -> None:
    client = f"greedy{version}"
    stage.ask("", 19, 5, topic(client))
    _put(stage, client, records((b"k", b"v" * 6_000)))
    stage.ask("", 49, 1, _quota(client, "consumer_byte_rate", 1000))
    first = stage.ask("", 1, version, fetched(client), by=client)
    second = stage.ask("", 1, version, fetched(client), by=client)
    assert (first["throttle_time"], len(first["responses"])) == (0, 1)
    assert second["throttle_time"] > 0
    assert second["responses"] == []


def test_too_many_topics_at_once_are_refused_by_a_quota(broker: Server, stage: Stage) -> None:
    stage.ask("", 49, 1, _quota("maker", "controller_mutation_rate", 1))
    codes = [
        stage.ask("", 19, 6, topic(f"made{number}", 8), by="maker")["topics"][0]["error_code"] for number in range(2)
    ]
    assert codes == ["none", "none"]  # ten at once are allowed, and more may be owed
    late = Stage(broker.address)
    assert late.ask("", 19, 6, topic("made9", 8), by="maker")["topics"][0]["error_code"] == "throttling_quota_exceeded"
    late.close()
