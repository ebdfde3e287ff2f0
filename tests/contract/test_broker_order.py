"""In which order the broker looks at a request, what it keeps and what it tells: the rules of Apache Kafka 3.9.1."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from tests.processes import Server
from tests.servers.broker_plays import Stage, fetched, listed, produced, records, topic

BROKER_SETTINGS = "group.initial.rebalance.delay.ms=0"
_NONE = uuid.UUID(int=0)


def _made(stage: Stage, *topics: dict[str, Any], timeout: int = 5000) -> list[tuple[str, str | None]]:
    asked = {"topics": [each["topics"][0] for each in topics], "timeout": timeout, "validate_only": False}
    return [(each["error_code"], each["error_message"]) for each in stage.ask("", 19, 5, asked)["topics"]]


def test_names_then_settings_then_partitions(stage: Stage) -> None:
    assert [code for code, _ in _made(stage, topic("alike.a"), topic("alike_a"))] == ["none", "none"]
    wrong = _made(stage, topic("or der", 0, retention_ms="x"), topic("order", 0, retention_ms="x"), topic("order2", 0))
    assert [code for code, _ in wrong] == ["invalid_topic_exception", "invalid_config", "invalid_partitions"]
    assert (
        _made(stage, topic("__cluster_metadata"))[0][1]
        == "Creation of internal topic __cluster_metadata is prohibited."
    )


@pytest.mark.parametrize("timeout", [0, -1])
def test_what_has_no_time_is_not_done(stage: Stage, timeout: int) -> None:
    stage.ask("", 19, 5, topic("timely"))
    late = {"timeout": timeout, "validate_only": False}
    assert _made(stage, topic("late"), timeout=timeout) == [("request_timed_out", None)]
    grown = stage.ask("", 37, 1, {"topics": [{"name": "timely", "count": 2, "assignments": None}], **late})
    assert grown["results"][0]["error_code"] == "request_timed_out"
    gone = stage.ask("", 20, 4, {"topic_names": ["timely"], "timeout": timeout})
    assert gone["responses"][0]["error_code"] == "request_timed_out"
    assert stage.ask("", 2, 7, listed("timely", -1, -1))["topics"][0]["partitions"][0]["error_code"] == "none"


def test_a_topic_that_is_named_twice_over_is_not_deleted(stage: Stage) -> None:
    topic_id = uuid.UUID(stage.ask("", 19, 7, topic("once"))["topics"][0]["topic_id"])
    wanted = [{"name": None, "topic_id": topic_id}, {"name": "once", "topic_id": _NONE}]
    (answer,) = stage.ask("", 20, 6, {"topics": wanted, "timeout": 5000})["responses"]
    assert answer["error_message"] == "The provided topic name maps to an ID that was already supplied."
    assert _made(stage, topic("once"))[0][0] == "topic_already_exists"


def test_kafkas_own_topics_are_there_once_a_coordinator_is_asked_for(tmp_path: Any) -> None:
    with Server("broker", tmp_path) as server:
        stage = Stage(server.address)

        def known() -> dict[str, Any]:
            return {each["name"]: each for each in stage.ask("", 3, 8, {"topics": None})["topics"]}

        assert known() == {}
        for kind in (0, 1):
            stage.ask("", 10, 4, {"key_type": kind, "coordinator_keys": ["any"]})
        own = known()
        assert {name: each["is_internal"] for name, each in own.items()} == {
            "__consumer_offsets": True, "__transaction_state": True,
        }  # fmt: skip
        written = stage.ask("", 0, 9, produced("__consumer_offsets", records((b"k", b"v"))))["responses"][0]
        assert written["partition_responses"][0]["error_code"] == "invalid_topic_exception"
        place = {"partition_index": 0, "committed_offset": 0, "committed_leader_epoch": -1, "committed_metadata": ""}
        commit = {"group_id": "any", "generation_id_or_member_epoch": -1, "member_id": "", "group_instance_id": None,
                  "topics": [{"name": "__consumer_offsets", "partitions": [place]}]}  # fmt: skip
        stage.ask("", 8, 8, commit)
        assert len(stage.ask("", 16, 3, {})["groups"]) == 1
        stage.ask("", 20, 4, {"topic_names": ["__consumer_offsets"], "timeout": 5000})
        assert stage.ask("", 16, 3, {})["groups"] == []
        stage.close()


def test_a_setting_is_kept_as_given_and_told_in_one_form(stage: Stage) -> None:
    made = stage.ask("", 19, 5, topic("told", retention_ms=" +7 ", cleanup_policy="compact , delete"))["topics"][0]
    given = {each["name"]: each["value"] for each in made["configs"]}
    assert (given["retention.ms"], given["cleanup.policy"]) == (" +7 ", "compact , delete")
    resource = {"resource_type": 2, "resource_name": "told", "configuration_keys": ["retention.ms", "cleanup.policy"]}
    asked = {"resources": [resource], "include_synonyms": False, "include_documentation": False}
    found = stage.ask("", 32, 4, asked)["results"][0]["configs"]
    assert {each["name"]: each["value"] for each in found} == {"retention.ms": "7", "cleanup.policy": "compact,delete"}


def test_zstd_is_for_those_who_know_it(stage: Stage) -> None:
    stage.ask("", 19, 5, topic("zipped", compression_type="zstd"))
    packed = produced("zipped", records((b"k", b"v"), attributes=4))
    refused = stage.ask("", 0, 6, packed)["responses"][0]["partition_responses"][0]
    assert refused["error_code"] == "unsupported_compression_type"
    codes = [stage.ask("", 1, version, fetched("zipped"))["responses"][0]["partitions"][0]["error_code"] for version in (9, 10)]  # fmt: skip
    assert codes == ["unsupported_compression_type", "none"]


def _begun(stage: Stage, producer: int = -1, epoch: int = -1) -> dict[str, Any]:
    return stage.ask("", 22, 4, {"transactional_id": "order", "transaction_timeout": 9000, "producer_id": producer, "producer_epoch": epoch})  # fmt: skip


def test_a_producer_that_lost_its_answer_gets_it_again(stage: Stage) -> None:
    first = _begun(stage)
    who = first["producer_id"], first["producer_epoch"]
    second = _begun(stage, *who)
    assert second["producer_epoch"] == first["producer_epoch"] + 1
    assert _begun(stage, *who)["producer_epoch"] == second["producer_epoch"]
    _begun(stage)
    assert _begun(stage, *who)["error_code"] == "producer_fenced"


@pytest.mark.parametrize(("version", "code"), [(10, "invalid_txn_state"), (11, "transaction_abortable")])
def test_a_partition_is_verified_before_its_batch(stage: Stage, version: int, code: str) -> None:
    stage.ask("", 19, 5, topic("verified"))
    me = _begun(stage)
    for producer, wanted in ((me["producer_id"], code), (me["producer_id"] + 50, "invalid_producer_id_mapping")):
        data = records((b"k", b"v"), attributes=0x30, producer=(producer, me["producer_epoch"], 0))
        found = stage.ask("", 0, version, produced("verified", data, transaction="order"))["responses"][0]
        assert found["partition_responses"][0]["error_code"] == wanted


def test_no_time_is_found_behind_an_open_transaction(stage: Stage) -> None:
    stage.ask("", 19, 5, topic("undecided"))
    me = _begun(stage)
    stage.ask("", 24, 3, {
        "v3_and_below_transactional_id": "order", "v3_and_below_producer_id": me["producer_id"],
        "v3_and_below_producer_epoch": me["producer_epoch"], "v3_and_below_topics": [{"name": "undecided", "partitions": [0]}],
    })  # fmt: skip
    data = records((b"k", b"v"), attributes=0x10, producer=(me["producer_id"], me["producer_epoch"], 0), at=1000)
    stage.ask("", 0, 9, produced("undecided", data, transaction="order"))
    for committed, offset in ((True, -1), (False, 0)):
        found = stage.ask("", 2, 7, listed("undecided", 1000, committed=committed))["topics"][0]["partitions"][0]
        assert found["offset"] == offset


def _join(group: str, member: str = "", instance: str | None = None, protocol: str = "range") -> dict[str, Any]:
    return {"group_id": group, "session_timeout": 6000, "rebalance_timeout": 1000, "member_id": member, "reason": None,
            "group_instance_id": instance, "protocol_type": "consumer", "protocols": [{"name": protocol, "metadata": b""}]}  # fmt: skip


def test_a_rebalance_waits_for_who_was_given_an_id(stage: Stage) -> None:
    one = stage.ask("", 11, 5, _join("waits"), by="one")["member_id"]
    stage.ask("", 11, 5, _join("waits", one), by="one")
    sync = {"group_id": "waits", "generation_id": 1, "member_id": one, "group_instance_id": None, "assignments": ()}
    stage.ask("", 14, 3, sync, by="one")
    two = stage.ask("", 11, 5, _join("waits"), by="two")["member_id"]
    patient = {"rebalance_timeout": 60_000}
    both = stage.together(
        ("one", "", 11, 5, {**_join("waits", one), **patient}), ("two", "", 11, 5, {**_join("waits", two), **patient})
    )
    assert [each["generation_id"] for each in both] == [2, 2]
    assert sorted(len(each["members"]) for each in both) == [0, 2]


def test_a_static_member_that_is_away_stays_in_a_rebalance(stage: Stage) -> None:
    stage.ask("", 11, 5, _join("stays", instance="one"))
    begun = time.monotonic()
    second = stage.ask("", 11, 5, _join("stays", instance="two"), by="two")
    assert time.monotonic() - begun < 5
    assert second["error_code"] == "none"
    (group,) = stage.ask("", 15, 4, {"groups": ["stays"]})["groups"]
    assert sorted(each["group_instance_id"] for each in group["members"]) == ["one", "two"]


def test_a_member_of_no_group_is_unknown_whatever_else_is_wrong(stage: Stage) -> None:
    asked = {**_join("nowhere", "somebody"), "protocols": []}
    assert stage.ask("", 11, 5, asked)["error_code"] == "unknown_member_id"


def test_the_first_that_is_wrong_of_a_users_credentials_is_told(stage: Stage) -> None:
    new = {"name": "ann", "mechanism": 1, "iterations": 99_999, "salt": b"s", "salted_password": b"p"}
    (found,) = stage.ask("", 51, 0, {"deletions": (), "upsertions": [new, {**new, "mechanism": 2}]})["results"]
    assert found["error_message"] == "Too many iterations"


def test_a_batch_with_a_producer_and_no_sequence_is_none(stage: Stage) -> None:
    stage.ask("", 19, 5, topic("counted"))
    data = records((b"k", b"v"), producer=(6, 0, -1))
    assert stage.ask("", 0, 9, produced("counted", data))["responses"][0]["partition_responses"][0]["error_code"] == "invalid_record"  # fmt: skip


def test_an_unknown_topic_is_told_before_the_rest_of_a_produce_request(stage: Stage) -> None:
    found = stage.ask("", 0, 9, produced("unheard-of", b"junk", acks=7))["responses"][0]["partition_responses"][0]
    assert found["error_code"] == "unknown_topic_or_partition"
