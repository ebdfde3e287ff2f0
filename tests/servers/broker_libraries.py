"""What five client libraries send for the tasks in their own examples, each in its versions; written before it was compared."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, make, new, produced, records, topic

# a request a line: unfolded there would be four times as many
# fmt: off

_AT = 3_000_000_000_000
_NONE = uuid.UUID(int=0)
_ONE = records((b"k", b"v"), at=_AT)


def _described(kind: int, name: str, *keys: str, synonyms: bool = False, words: bool = False) -> dict[str, Any]:
    one = {"resource_type": kind, "resource_name": name, "configuration_keys": list(keys) or None}
    return {"resources": [one], "include_synonyms": synonyms, "include_documentation": words}


def _sarama(stage: Stage) -> None:
    """Sarama's ClusterAdmin and its consumer group, as of V2_1_0_0."""
    ask = stage.ask
    ask("sarama versions", 18, 0, {})
    ask("sarama create", 19, 2, make(new("sa", 3, 1, retention_ms="-1", cleanup_policy="compact")))
    ask("sarama create dry", 19, 2, make(new("sb", 1, 1, cleanup_policy=""), dry=True))
    ask("sarama create with null", 19, 2, make(new("sc", 1, 1, cleanup_policy=None, retention_ms=None)))
    ask("sarama create both", 19, 2, make(new("sa"), new("sd", -1, -1), new("se", 2, 3)))
    time.sleep(SETTLING)
    ask("sarama metadata", 3, 5, {"topics": [{"name": "sa"}, {"name": "sd"}], "allow_auto_topic_creation": False})
    ask("sarama metadata of none", 3, 5, {"topics": [], "allow_auto_topic_creation": False})
    ask("sarama describe", 32, 2, _described(2, "sa", "cleanup.policy", "retention.ms", synonyms=True))
    ask("sarama describe of none", 32, 1, _described(2, "sz", "cleanup.policy"))
    ask("sarama describe of a broker", 32, 1, _described(4, "1", "min.insync.replicas", "log.dir", "zookeeper.connect"))
    one = {"resource_type": 2, "resource_name": "sa", "configs": [{"name": "retention.ms", "value": "x1"}]}
    ask("sarama alter badly", 33, 1, {"resources": [one], "validate_only": False})
    ask("sarama alter of none", 33, 1, {"resources": [{**one, "resource_name": "sz"}], "validate_only": True})
    one = {**one, "configs": [{"name": "retention.ms", "value": "100000"}, {"name": "cleanup.policy", "value": None}]}
    ask("sarama alter with null", 33, 1, {"resources": [one], "validate_only": False})
    ask("sarama grow", 37, 0, {"topics": [{"name": "sa", "count": 2, "assignments": None}, {"name": "sz", "count": 2, "assignments": []}],
                               "timeout": 3000, "validate_only": False})  # fmt: skip
    ask("sarama grow by hand", 37, 0, {"topics": [{"name": "sa", "count": 5, "assignments": [{"broker_ids": [1]}, {"broker_ids": [2]}]}],
                                       "timeout": 3000, "validate_only": False})  # fmt: skip
    ask("sarama produce", 0, 3, produced("sa", records((b"a", b"1"), (b"a", None), at=_AT)))
    ask("sarama produce without a key", 0, 7, produced("sa", records((None, b"1"), (b"b", b"1"), (None, b"2"), at=_AT)))
    ask("sarama cut compacted", 21, 0, {"topics": [{"name": "sa", "partitions": [{"partition_index": 0, "offset": 1}]},
                                                   {"name": "sd", "partitions": [{"partition_index": 0, "offset": 0}]}], "timeout": 3000})  # fmt: skip
    ask("sarama dirs", 35, 0, {"topics": None})
    stage.instead(_folders(stage.answers[-1][1]))
    ask("sarama reassign", 45, 0, {"timeout": 3000, "topics": [
        {"name": "sa", "partitions": [{"partition_index": 0, "replicas": [1]}, {"partition_index": 1, "replicas": [2, 1]}, {"partition_index": 7, "replicas": None}]}]})  # fmt: skip
    ask("sarama reassignments", 46, 0, {"timeout": 3000, "topics": [{"name": "sz", "partition_indexes": [0]}]})
    ask("sarama elect", 43, 0, {"topic_partitions": [{"topic": "sa", "partitions": [0, 1, 5]}], "timeout": 3000})
    _sarama_group(stage)


def _folders(answer: Any) -> Any:
    """Log directories without what no play made."""
    return [(each["error_code"], sorted((t["name"], len(t["partitions"])) for t in each["topics"] if t["name"].startswith("s")))
            for each in answer["results"]]  # fmt: skip


def _sarama_group(stage: Stage) -> None:
    ask = stage.ask
    join = {"group_id": "sg", "session_timeout": 10_000, "rebalance_timeout": 3000, "member_id": "", "protocol_type": "consumer",
            "protocols": [{"name": "range", "metadata": b"\0\1\0\0\0\1\0\2sa\0\0\0\0"}]}  # fmt: skip
    ask("sarama coordinator", 10, 1, {"key": "sg", "key_type": 0})
    ask("sarama coordinator of no name", 10, 1, {"key": "", "key_type": 0})
    me = ask("sarama joins", 11, 1, join)
    who = {"group_id": "sg", "member_id": me["member_id"], "generation_id": me["generation_id"]}
    place = {"partition_index": 0, "committed_offset": 1, "committed_metadata": "m", "committed_leader_epoch": -1}
    commit = {"group_id": "sg", "generation_id_or_member_epoch": me["generation_id"], "member_id": me["member_id"], "retention_time": 86_400_000}
    ask("sarama commits early", 8, 2, {**commit, "topics": [{"name": "sa", "partitions": [place]}]})
    ask("sarama syncs", 14, 1, {**who, "assignments": [{"member_id": me["member_id"], "assignment": b"x"}, {"member_id": "other", "assignment": b"y"}]})
    ask("sarama describes", 15, 1, {"groups": ["sg", "sg", "sh"]})
    ask("sarama commits", 8, 4, {**commit, "topics": [{"name": "sa", "partitions": [place, {**place, "partition_index": 1, "committed_metadata": None}]}, {"name": "sz", "partitions": [place]}]})
    ask("sarama commits minus", 8, 3, {**commit, "topics": [{"name": "sa", "partitions": [{**place, "committed_offset": -1}]}]})
    ask("sarama held", 9, 2, {"group_id": "sg", "topics": None})
    ask("sarama held of a topic", 9, 1, {"group_id": "sg", "topics": [{"name": "sa", "partition_indexes": [0, 2, 9]}, {"name": "sz", "partition_indexes": [0]}]})
    ask("sarama held of no topics", 9, 3, {"group_id": "sg", "topics": []})
    gone = [{"name": "sa", "partitions": [{"partition_index": 0}]}, {"name": "sd", "partitions": [{"partition_index": 0}]}]
    ask("sarama forgets what it reads", 47, 0, {"group_id": "sg", "topics": gone})
    ask("sarama beats", 12, 1, who)
    ask("sarama leaves", 13, 1, {"group_id": "sg", "member_id": me["member_id"]})
    ask("sarama leaves again", 13, 2, {"group_id": "sg", "member_id": me["member_id"]})
    ask("sarama forgets", 47, 0, {"group_id": "sg", "topics": gone})
    ask("sarama lists", 16, 0, {})
    stage.instead([each for each in stage.answers[-1][1]["groups"] if each["group_id"].startswith("s")])
    ask("sarama deletes", 42, 0, {"groups_names": ["sg"]})


def _kafkajs(stage: Stage) -> None:
    """KafkaJS: admin, producer and consumer."""
    ask = stage.ask
    ask("kafkajs create", 19, 3, make(new("js", 2), timeout=1000))
    ask("kafkajs create no partitions", 19, 3, make(new("jt", 0, 1), new("ju", 1, 0), new("jv", 1, -2)))
    ask("kafkajs create by hand", 19, 3, make({**new("jw", -1, -1), "assignments": [{"partition_index": 0, "broker_ids": [1]}, {"partition_index": 2, "broker_ids": [1]}]}))
    time.sleep(SETTLING)
    ask("kafkajs metadata", 3, 6, {"topics": [{"name": "js"}, {"name": "no such"}], "allow_auto_topic_creation": False})
    ask("kafkajs produce", 0, 7, produced("js", records((b"k", b"v"), headers=((b"h", b"1"), (b"h", b"2")), at=_AT)))
    ask("kafkajs produce to another", 0, 6, produced("js", _ONE, 5))
    ask("kafkajs produce, acks 1", 0, 5, produced("jz", _ONE, acks=1))
    for at in (-1, -2, _AT, _AT + 1, -3, -4):
        ask(f"kafkajs offsets {at}", 2, 3, listed("js", at, at))
    ask("kafkajs fetch", 1, 11, fetched("js", 0, session=(0, -1)))
    ask("kafkajs fetch of none", 1, 11, fetched("jz", 0))
    ask("kafkajs fetch too far", 1, 10, fetched("js", 100, committed=True))
    join = {"group_id": "jg", "session_timeout": 30_000, "rebalance_timeout": 2000, "member_id": "", "group_instance_id": None, "protocol_type": "consumer",
            "protocols": [{"name": "RoundRobinAssigner", "metadata": b"\0\1\0\0\0\1\0\2js\0\0\0\0"}]}  # fmt: skip
    me = ask("kafkajs joins", 11, 5, join)
    ask("kafkajs joins as it is told", 11, 5, {**join, "member_id": me["member_id"]})
    ask("kafkajs joins another way", 11, 5, {**join, "protocols": [{"name": "Other", "metadata": b""}]})
    who = {"group_id": "jg", "member_id": me["member_id"], "generation_id": 1, "group_instance_id": None}
    ask("kafkajs beats before it syncs", 12, 3, who)
    ask("kafkajs syncs", 14, 3, {**who, "assignments": [{"member_id": me["member_id"], "assignment": b"q"}]})
    ask("kafkajs syncs again", 14, 3, {**who, "assignments": []})
    place = {"partition_index": 0, "committed_offset": 1, "committed_metadata": None}
    commit = {"group_id": "jg", "generation_id_or_member_epoch": 1, "member_id": me["member_id"], "group_instance_id": None, "retention_time": -1}
    ask("kafkajs commits", 8, 5, {**commit, "topics": [{"name": "js", "partitions": [place]}]})
    ask("kafkajs commits nothing", 8, 5, {**commit, "topics": []})
    ask("kafkajs resets while it runs", 8, 5, {**commit, "generation_id_or_member_epoch": -1, "member_id": "", "topics": [{"name": "js", "partitions": [place]}]})
    ask("kafkajs held", 9, 4, {"group_id": "jg", "topics": [{"name": "js", "partition_indexes": [0, 1]}]})
    ask("kafkajs held of none", 9, 3, {"group_id": "jh", "topics": [{"name": "js", "partition_indexes": [0]}]})
    ask("kafkajs describes", 15, 2, {"groups": ["jg", "jh"]})
    ask("kafkajs leaves", 13, 3, {"group_id": "jg", "members": [{"member_id": me["member_id"], "group_instance_id": None}]})
    ask("kafkajs leaves a group that is none", 13, 3, {"group_id": "jh", "members": [{"member_id": "x", "group_instance_id": None}]})
    ask("kafkajs deletes groups", 42, 1, {"groups_names": ["jg", "jh"]})
    acl = {"resource_type": 2, "resource_name": "js", "resource_pattern_type": 3, "principal": "User:bob", "host": "*", "operation": 2, "permission_type": 3}
    ask("kafkajs acl", 30, 1, {"creations": [acl, {**acl, "resource_name": ""}]})
    ask("kafkajs acls", 29, 1, {"resource_type_filter": 2, "resource_name_filter": "js", "pattern_type_filter": 3, "principal_filter": None,
                                "host_filter": None, "operation": 1, "permission_type": 1})  # fmt: skip
    ask("kafkajs cut", 21, 1, {"topics": [{"name": "js", "partitions": [{"partition_index": 0, "offset": 5}, {"partition_index": 1, "offset": 0}]}], "timeout": 1000})
    ask("kafkajs sasl", 17, 1, {"mechanism": "SCRAM-SHA-256"})
    ask("kafkajs delete", 20, 1, {"topic_names": ["js", "jz", "js"], "timeout": 1000})


class _Franz:
    """franz-go: the newest version of all, topic ids, transactions."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._ask = stage, stage.ask

    def _who(self) -> dict[str, Any]:
        return {"transactional_id": "fz", "producer_id": self._me[0], "producer_epoch": self._me[1]}

    def _begin(self, name: str, producer: int = -1, epoch: int = -1, timeout: int = 40_000) -> tuple[int, int]:
        new = {"transactional_id": "fz", "transaction_timeout": timeout, "producer_id": producer, "producer_epoch": epoch}
        answer = self._ask(name, 22, 5, new)
        return answer["producer_id"], answer["producer_epoch"]

    def _fetch(self, name: str, version: int, topic_id: uuid.UUID, offset: int = 0, session: tuple[int, int] = (0, -1), **more: Any) -> Any:
        asked = {**fetched("x", offset, session=session), **more}
        return self._ask(name, 1, version, {**asked, "topics": [{"topic_id": topic_id, "partitions": asked["topics"][0]["partitions"]}]})

    def topics(self) -> None:
        ask = self._ask
        made = ask("franz create", 19, 7, make(new("fz", 2, -1, max_message_bytes="2000"), new("fy", -1, 1, message_timestamp_type="LogAppendTime")))
        time.sleep(SETTLING)
        of = {each["name"]: uuid.UUID(each["topic_id"]) for each in made["topics"]}
        ask("franz metadata", 3, 12, {"topics": [{"name": None, "topic_id": of["fz"]}, {"name": None, "topic_id": uuid.UUID(int=9)}],
                                      "allow_auto_topic_creation": False, "include_topic_authorized_operations": True})  # fmt: skip
        ask("franz metadata of none", 3, 10, {"topics": [], "allow_auto_topic_creation": False, "include_cluster_authorized_operations": True})
        ask("franz produce", 0, 10, produced("fz", _ONE))
        ask("franz produce too much", 0, 10, produced("fz", records((b"k", b"v" * 3000), at=_AT)))
        ask("franz produce nowhere", 0, 11, produced("fx", _ONE))
        ask("franz produce with bad acks", 0, 11, produced("fz", _ONE, acks=5))
        begun = self._fetch("franz fetch", 16, of["fz"], session=(0, 0))
        session = begun["session_id"]
        self._fetch("franz fetch on", 16, of["fz"], 1, session=(session, 1))
        self._fetch("franz fetch of another", 16, of["fy"], 0, session=(session, 2))
        ask("franz fetch what there is", 1, 16, {**fetched("", session=(session, 3)), "topics": []})
        ask("franz fetch forgotten", 1, 16, {**fetched("", session=(session, 4)), "topics": [], "forgotten_topics_data": [{"topic_id": of["fy"], "partitions": [0]}]})
        self._fetch("franz fetch of none", 16, uuid.UUID(int=9), 0, session=(session, 5))
        self._fetch("franz fetch of zero", 15, _NONE)
        self._fetch("franz fetch below", 14, of["fz"], -7)
        for epoch in (0, 1, -1):
            ask(f"franz epoch {epoch}", 23, 4, {"replica_id": -1, "topics": [{"topic": "fz", "partitions": [{"partition": 0, "current_leader_epoch": epoch, "leader_epoch": epoch}]},
                                                                             {"topic": "fx", "partitions": [{"partition": 0, "current_leader_epoch": 0, "leader_epoch": 0}]}]})  # fmt: skip
        for at in (-1, -2, -3, -4, -5, -6):
            ask(f"franz offsets {at}", 2, 8, listed("fz", at, at, at))
        ask("franz partitions", 75, 0, {"topics": [{"name": "fz"}, {"name": "fx"}], "response_partition_limit": 1, "cursor": None})

    def transactions(self) -> None:
        ask = self._ask
        self._me = self._begin("franz begins")
        names = [{"name": "fz", "partitions": [0, 1]}]
        many = {**self._who(), "verify_only": False, "topics": names}
        ask("franz adds", 24, 4, {"transactions": [many]})
        ask("franz adds what is not", 24, 4, {"transactions": [{**many, "topics": [{"name": "fz", "partitions": [0, 9]}, {"name": "fx", "partitions": [0]}]}]})
        ask("franz verifies", 24, 4, {"transactions": [{**many, "verify_only": True}]})
        ask("franz verifies what is not added", 24, 4, {"transactions": [{**many, "verify_only": True, "topics": [{"name": "fy", "partitions": [0]}]}]})
        data = records((b"t", b"1"), attributes=0x10, producer=(*self._me, 0), at=_AT)
        ask("franz writes", 0, 9, produced("fz", data, 1, transaction="fz"))
        ask("franz writes where it may not", 0, 9, produced("fy", data, transaction="fz"))
        ask("franz adds a group", 25, 3, {**self._who(), "group_id": "fg"})
        place = {"partition_index": 0, "committed_offset": 4, "committed_leader_epoch": 0, "committed_metadata": "f"}
        commit = {**self._who(), "group_id": "fg", "generation_id": -1, "member_id": "", "group_instance_id": None,
                  "topics": [{"name": "fz", "partitions": [place, {**place, "partition_index": 8}]}]}  # fmt: skip
        ask("franz commits", 28, 3, commit)
        ask("franz commits for a group not added", 28, 3, {**commit, "group_id": "fh"})
        ask("franz commits as a stranger", 28, 3, {**commit, "producer_id": self._me[0] + 50})
        ask("franz held", 9, 8, {"groups": [{"group_id": "fg", "topics": None}, {"group_id": "fg", "topics": [{"name": "fz", "partition_indexes": [0, 1]}]}], "require_stable": True})
        ask("franz producers", 61, 0, {"topics": [{"name": "fz", "partition_indexes": [1, 0, 9]}]})
        ask("franz states", 65, 0, {"transactional_ids": ["fz", "fq"]})
        ask("franz lists", 66, 1, {"state_filters": ["Ongoing", "Dead", "odd"], "producer_id_filters": [self._me[0]], "duration_filter": -1})
        ask("franz ends as a stranger", 26, 3, {**self._who(), "producer_epoch": self._me[1] + 1, "committed": True})
        ask("franz ends", 26, 3, {**self._who(), "committed": True})
        time.sleep(SETTLING)
        ask("franz ends otherwise", 26, 3, {**self._who(), "committed": False})
        ask("franz held after it", 9, 8, {"groups": [{"group_id": "fg", "topics": None}], "require_stable": True})
        self._begin("franz begins with another epoch", self._me[0], 7)
        self._begin("franz begins with its own", *self._me)
        self._begin("franz begins for too long", timeout=10**8)
        ask("franz deletes its group", 42, 2, {"groups_names": ["fg", "fh"]})


def _librdkafka(stage: Stage) -> None:
    """librdkafka's admin API and consumer."""
    ask = stage.ask
    ask("rd create", 19, 4, make(new("rd", 2, 1, segment_ms="1000"), new("rd"), new("r d")))
    time.sleep(SETTLING)
    ask("rd metadata", 3, 9, {"topics": [{"name": "rd"}], "allow_auto_topic_creation": False, "include_cluster_authorized_operations": True, "include_topic_authorized_operations": True})
    ask("rd cluster", 60, 0, {"include_cluster_authorized_operations": True})
    resource = {"resource_type": 2, "resource_name": "rd", "configs": [
        {"name": "segment.ms", "config_operation": 1, "value": None}, {"name": "cleanup.policy", "config_operation": 2, "value": "compact,compact"}]}  # fmt: skip
    ask("rd alters", 44, 1, {"resources": [resource], "validate_only": False})
    broker = {"resource_type": 4, "resource_name": "1", "configs": [{"name": "log.cleaner.threads", "config_operation": 0, "value": "2"}]}
    ask("rd alters both", 44, 1, {"resources": [{**resource, "resource_name": "none"}, broker, {**broker, "resource_name": "7"}], "validate_only": True})
    time.sleep(SETTLING)
    ask("rd describes", 32, 1, _described(2, "rd", "cleanup.policy", "segment.ms", synonyms=True))
    ask("rd describes a group", 32, 4, _described(32, "rg"))
    for version, groups in ((0, ["rg"]), (4, ["rg", ""]), (5, [])):
        ask(f"rd groups {version}", 15, version, {"groups": groups, "include_authorized_operations": True})
    places = [{"partition_index": n, "committed_offset": n, "committed_leader_epoch": -1, "committed_metadata": "rd"} for n in (0, 1, 2)]
    commit = {"group_id": "rg", "generation_id_or_member_epoch": -1, "member_id": "", "group_instance_id": None, "topics": [{"name": "rd", "partitions": places}]}
    ask("rd sets offsets", 8, 9, commit)
    ask("rd sets offsets as a member", 8, 9, {**commit, "member_id": "m", "generation_id_or_member_epoch": 3})
    ask("rd held", 9, 9, {"groups": [{"group_id": "rg", "member_id": None, "member_epoch": -1, "topics": None}, {"group_id": "", "member_id": "m", "member_epoch": 2, "topics": None}], "require_stable": False})
    ask("rd lists", 16, 4, {"states_filter": ["Stable", "Empty"]})
    stage.instead([each for each in stage.answers[-1][1]["groups"] if each["group_id"].startswith("r")])
    ask("rd forgets", 47, 0, {"group_id": "rg", "topics": [{"name": "rd", "partitions": [{"partition_index": 1}, {"partition_index": 5}]}]})
    ask("rd idempotent", 22, 4, {"transactional_id": None, "transaction_timeout": -1, "producer_id": -1, "producer_epoch": -1})
    ask("rd beats the new way", 68, 0, {"group_id": "rk", "member_id": "", "member_epoch": 0, "instance_id": None, "rack_id": None, "rebalance_timeout": 3000,
                                        "subscribed_topic_names": ["rd"], "server_assignor": None, "topic_partitions": ()})  # fmt: skip
    ask("rd describes the new way", 69, 0, {"group_ids": ["rk", "rg"], "include_authorized_operations": True})
    ask("rd scram", 50, 0, {"users": [{"name": "nobody"}, {"name": "nobody"}, {"name": ""}]})
    user = {"name": "rd", "mechanism": 1, "iterations": 10_000, "salt": b"salt", "salted_password": b"password"}
    ask("rd alters scram", 51, 0, {"deletions": [{"name": "none", "mechanism": 1}], "upsertions": [user, {**user, "name": ""}, {**user, "name": "few", "iterations": 100}, {**user, "name": "odd", "mechanism": 7}]})
    ask("rd elects", 43, 2, {"election_type": 0, "topic_partitions": None, "timeout": 3000})
    stage.instead(stage.answers[-1][1]["error_code"])
    ask("rd tokens", 41, 2, {"owners": []})
    ask("rd acl filters", 31, 1, {"filters": [{"resource_type_filter": 2, "resource_name_filter": "rd", "pattern_type_filter": 1, "principal_filter": None, "host_filter": None, "operation": 1, "permission_type": 1}] * 2})
    ask("rd deletes records", 21, 2, {"topics": [{"name": "rd", "partitions": [{"partition_index": 0, "offset": -1}, {"partition_index": 0, "offset": 0}]}], "timeout": 3000})
    ask("rd deletes", 20, 4, {"topic_names": ["rd", "re"], "timeout": 0})
    ask("rd deletes once more", 20, 6, {"topics": [{"name": "rd", "topic_id": _NONE}, {"name": "", "topic_id": _NONE}], "timeout": 3000})
    ask("rd telemetry", 71, 0, {"client_instance_id": _NONE})


def _java(stage: Stage) -> None:
    """Java's Admin, in its newest versions."""
    ask = stage.ask
    ask("java create", 19, 7, make(new("ja", 1, -1, retention_ms="10", retention_bytes="-5"), new("__transaction_state", 1), new("ja.b", 1, -1, min_cleanable_dirty_ratio="-1")))
    ask("java create no one", 19, 7, make())
    time.sleep(SETTLING)
    ask("java describes loggers", 32, 4, _described(8, "1", "root"))
    ask("java describes with words", 32, 4, _described(2, "ja", "retention.bytes", words=True))
    stage.instead([bool(c["documentation"]) for r in stage.answers[-1][1]["results"] for c in r["configs"]])
    ask("java describes all brokers", 32, 4, _described(4, "", synonyms=True))
    change = {"resource_type": 8, "resource_name": "1", "configs": [{"name": "root", "config_operation": 0, "value": "LOUD"}, {"name": "none.of", "config_operation": 1, "value": None}]}
    ask("java alters loggers", 44, 1, {"resources": [change], "validate_only": True})
    metrics = {"resource_type": 16, "resource_name": "m", "configs": [{"name": "interval.ms", "config_operation": 0, "value": "50"}]}
    ask("java alters metrics", 44, 1, {"resources": [metrics, {**metrics, "resource_name": ""}], "validate_only": True})
    ask("java alters a group", 44, 1, {"resources": [{**metrics, "resource_type": 32, "resource_name": "g"}], "validate_only": True})
    for features in ([{"feature": "metadata.version", "max_version_level": 99, "upgrade_type": 1}], [{"feature": "group.version", "max_version_level": 1, "upgrade_type": 1}],
                     [{"feature": "metadata.version", "max_version_level": 20, "upgrade_type": 2}, {"feature": "x", "max_version_level": 0, "upgrade_type": 3}], []):  # fmt: skip
        ask(f"java features {len(features)}", 57, 1, {"timeout": 3000, "feature_updates": features, "validate_only": True})
    ask("java quorum", 55, 2, {"topics": [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 1}]}]})
    ask("java quotas", 48, 1, {"components": [{"entity_type": "user", "match_type": 1, "match": None}, {"entity_type": "planet", "match_type": 0, "match": "x"}], "strict": True})
    ask("java alters quotas", 49, 1, {"entries": [{"entity": [{"entity_type": "user", "entity_name": "u"}], "ops": [{"key": "producer_byte_rate", "value": -4.0, "remove": False}]},
                                                  {"entity": [], "ops": []}], "validate_only": True})  # fmt: skip
    ask("java replicas", 34, 2, {"dirs": [{"path": "/tmp/x", "topics": [{"name": "ja", "partitions": [0, 4]}, {"name": "jb", "partitions": [0]}]}]})
    ask("java dirs", 35, 4, {"topics": [{"topic": "ja", "partitions": [0, 0, 3]}, {"topic": "jb", "partitions": [1]}]})
    ask("java coordinators", 10, 5, {"key_type": 1, "coordinator_keys": ["t", "", "t"]})
    ask("java unregisters", 64, 0, {"broker_id": 12})
    ask("java renews", 39, 2, {"hmac": b"h", "renew_period": -1})
    ask("java groups", 16, 5, {"states_filter": ["Stable"], "types_filter": ["share", "Classic"]})
    ask("java metrics", 74, 0, {})
    ask("java markers", 27, 1, {"markers": [{"producer_id": 88, "producer_epoch": 0, "transaction_result": True, "coordinator_epoch": 0, "topics": [{"name": "ja", "partition_indexes": [0]}, {"name": "jb", "partition_indexes": [0]}]}]})


STEPS = 174


def play(stage: Stage) -> None:
    """All libraries, one after the other."""
    stage.wait_for_coordinators()
    _sarama(stage)
    _kafkajs(stage)
    franz = _Franz(stage)
    franz.topics()
    franz.transactions()
    _librdkafka(stage)
    _java(stage)
    stage.quietly(19, 5, topic("last"))
