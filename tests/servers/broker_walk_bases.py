"""What a request of each API looks like that is in order, for `broker_walk`: data, topics, groups and transactions."""

from __future__ import annotations

import uuid
from typing import Any

from tests.servers.broker_walk import FRESH, MEMBER, PRODUCER, TOPIC_ID, Base
from tests.servers.kafka_batches import batch

TOPIC = "walk"
_NOW = 1_700_000_000_000
_NONE = uuid.UUID(int=0)
_TIMES = ("max_wait", "timeout")


def _one(**fields: Any) -> list[dict[str, Any]]:
    return [fields]


def _created(name: str, partitions: int = 2, **configs: str) -> dict[str, Any]:
    named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    return {"name": name, "num_partitions": partitions, "replication_factor": 1, "assignments": (), "configs": named}


def _create(*topics: dict[str, Any], dry: bool = False) -> dict[str, Any]:
    return {"topics": list(topics), "timeout": 5000, "validate_only": dry}


def _produced(data: bytes, number: int = 0) -> dict[str, Any]:
    return {
        "transactional_id": None,
        "acks": -1,
        "timeout": 3000,
        "topic_data": _one(name=TOPIC, partition_data=_one(index=number, records=data)),
    }


_FETCHED = {
    "partition": 0, "current_leader_epoch": 0, "fetch_offset": 1, "last_fetched_epoch": -1, "log_start_offset": -1,
    "partition_max_bytes": 1_000_000,
}  # fmt: skip
_FETCH = {
    "replica_id": -1, "max_wait": 20, "min_bytes": 1, "max_bytes": 1_000_000, "isolation_level": 0, "session_id": 0,
    "session_epoch": -1, "rack_id": "", "forgotten_topics_data": _one(topic=TOPIC, topic_id=TOPIC_ID, partitions=[1]),
    "topics": _one(topic=TOPIC, topic_id=TOPIC_ID, partitions=[_FETCHED]),
}  # fmt: skip
_BY_NAME = {
    "topics": _one(topic=TOPIC, partitions=[_FETCHED]),
    "forgotten_topics_data": _one(topic=TOPIC, partitions=[1]),
}
_JOIN = {
    "group_id": "wg", "session_timeout": 45_000, "rebalance_timeout": 1000, "member_id": "", "group_instance_id": None,
    "protocol_type": "consumer", "protocols": _one(name="range", metadata=b"a"), "reason": None,
}  # fmt: skip
_OF_MEMBER = {"group_id": "wg", "generation_id": 1, "member_id": MEMBER, "group_instance_id": None}
_PLACE = {
    "partition_index": 0,
    "committed_offset": 1,
    "committed_leader_epoch": 0,
    "committed_metadata": "m",
    "timestamp": -1,
}
_PLACES = _one(name=TOPIC, partitions=[_PLACE])
_OF_PRODUCER = {"transactional_id": "wt", "producer_id": PRODUCER, "producer_epoch": 0}
_ADDED = _one(name=TOPIC, partitions=[0])
_ADD_OLD = {
    "v3_and_below_transactional_id": "wt", "v3_and_below_producer_id": PRODUCER, "v3_and_below_producer_epoch": 0,
    "v3_and_below_topics": _ADDED,
}  # fmt: skip

# fmt: off
DATA = (
    Base(19, (0, 7), _create(_created(TOPIC, retention_ms="-1")), name="the topic", walked=False),
    Base(19, (0, 7), _create(_created("wcompact", 1, cleanup_policy="compact")), name="compacted", walked=False),
    Base(19, (0, 7), _create(_created("wd", retention_ms="1000"), dry=True), name="dry", kept=("timeout", "validate_only")),
    Base(19, (0, 7), _create({**_created("we", -1), "replication_factor": -1, "assignments": _one(partition_index=0, broker_ids=[1])}, dry=True),
         name="assigned", kept=("timeout", "validate_only")),
    Base(19, (0, 7), _create(_created("wreal")), name="real", kept=("timeout", "num_partitions")),
    Base(37, (0, 3), {"topics": _one(name=TOPIC, count=3, assignments=_one(broker_ids=[1])), "timeout": 5000, "validate_only": True},
         kept=("timeout", "validate_only")),
    Base(0, (3, 11), _produced(batch(_NOW, _NOW + 5)), kept=_TIMES, alone=True),
    Base(0, (3, 11), _produced(batch(_NOW), 1), name="another", walked=False),
    Base(2, (1, 9), {"replica_id": -1, "isolation_level": 0, "topics": _one(name=TOPIC, partitions=_one(
        partition_index=0, current_leader_epoch=0, timestamp=_NOW))}),
    Base(2, (1, 9), {"replica_id": -1, "isolation_level": 1, "topics": _one(name=TOPIC, partitions=_one(
        partition_index=1, current_leader_epoch=-1, timestamp=-1))}, name="the end"),
    Base(1, (4, 17), _FETCH, _BY_NAME, kept=("max_wait",)),
    Base(1, (4, 12), {**_FETCH, **_BY_NAME}, kept=("max_wait",), name="by name"),
    Base(1, (4, 17), {**_FETCH, "session_epoch": 0}, {**_BY_NAME, "session_epoch": 0}, name="a session", walked=False),
    Base(3, (0, 12), {"topics": _one(name=TOPIC, topic_id=_NONE), "allow_auto_topic_creation": False,
                      "include_topic_authorized_operations": True, "include_cluster_authorized_operations": True}),
    Base(3, (10, 12), {"topics": _one(name=None, topic_id=TOPIC_ID), "allow_auto_topic_creation": False,
                       "include_topic_authorized_operations": False}, {"topics": _one(name=TOPIC, topic_id=_NONE)}, name="by id"),
    Base(21, (0, 2), {"topics": _one(name=TOPIC, partitions=_one(partition_index=0, offset=1)), "timeout": 5000}, kept=("timeout",)),
    Base(23, (2, 4), {"replica_id": -2, "topics": _one(topic=TOPIC, partitions=_one(partition=1, current_leader_epoch=0, leader_epoch=0))}),
    Base(61, (0, 0), {"topics": _one(name=TOPIC, partition_indexes=[0])}),
    Base(75, (0, 0), {"topics": _one(name=TOPIC), "response_partition_limit": 10,
                      "cursor": {"topic_name": TOPIC, "partition_index": 1}}),
)
# fmt: on

# fmt: off
GROUPS = (
    Base(10, (0, 6), {"key_type": 0, "coordinator_keys": ["wg"]}, {"key": "wg"}),
    Base(10, (1, 6), {"key_type": 1, "coordinator_keys": ["wt"]}, {"key": "wt"}, name="of transactions"),
    Base(11, (0, 9), _JOIN, name="without an id", walked=False),
    Base(11, (0, 9), {**_JOIN, "member_id": MEMBER}, name="with its id", walked=False),
    Base(12, (0, 4), _OF_MEMBER, name="not in sync yet"),
    Base(8, (2, 9), {"group_id": "wg", "generation_id_or_member_epoch": 1, "member_id": MEMBER, "group_instance_id": None,
                     "topics": _PLACES}, {"retention_time": -1}, name="not in sync yet"),
    Base(14, (0, 5), {**_OF_MEMBER, "protocol_type": "consumer", "protocol_name": "range",
                      "assignments": _one(member_id=MEMBER, assignment=b"xy")}),
    Base(12, (0, 4), _OF_MEMBER, name="in sync"),
    Base(11, (0, 9), {**_JOIN, "member_id": MEMBER}, kept=("group_id", "rebalance_timeout", "member_id"), name="again", alone=True),
    Base(11, (0, 9), {**_JOIN, "group_id": FRESH}, name="another", kept=("rebalance_timeout",), alone=True),
    Base(14, (0, 5), {**_OF_MEMBER, "protocol_type": "consumer", "protocol_name": "range", "assignments": ()}, name="after"),
    Base(8, (2, 9), {"group_id": "wg", "generation_id_or_member_epoch": 1, "member_id": MEMBER, "group_instance_id": None,
                     "topics": _PLACES}, {"retention_time": -1}, name="of a member"),
    Base(8, (2, 9), {"group_id": "ws", "generation_id_or_member_epoch": -1, "member_id": "", "group_instance_id": None,
                     "topics": _PLACES}, {"retention_time": -1}, name="simple"),
    Base(9, (1, 9), {"groups": _one(group_id="ws", member_id=None, member_epoch=-1,
                                    topics=_one(name=TOPIC, partition_indexes=[0])), "require_stable": False},
         {"group_id": "ws", "topics": _one(name=TOPIC, partition_indexes=[0])}),
    Base(15, (0, 5), {"groups": ["ws"], "include_authorized_operations": False}),
    Base(15, (0, 5), {"groups": ["wg"], "include_authorized_operations": True}, name="with members", walked=False),
    Base(16, (0, 5), {"states_filter": ["Empty"], "types_filter": ["classic"]}),
    Base(47, (0, 0), {"group_id": "ws", "topics": _one(name=TOPIC, partitions=_one(partition_index=0))}),
    Base(13, (0, 5), {"group_id": "wg", "members": _one(member_id="nobody", group_instance_id=None, reason="x")},
         {"member_id": "nobody"}),
    Base(42, (0, 2), {"groups_names": ["ws"]}),
    Base(68, (0, 0), {"group_id": "wk", "member_id": "", "member_epoch": 0, "instance_id": None, "rack_id": None,
                      "rebalance_timeout": 1000, "subscribed_topic_names": [TOPIC], "server_assignor": None,
                      "topic_partitions": ()}, walked=False),
    Base(69, (0, 0), {"group_ids": ["wg"], "include_authorized_operations": False}),
)
# fmt: on

# fmt: off
TRANSACTIONS = (
    Base(22, (0, 5), {"transactional_id": "wt", "transaction_timeout": 60_000, "producer_id": -1, "producer_epoch": -1},
         walked=False),
    Base(24, (0, 5), {"transactions": _one(**_OF_PRODUCER, verify_only=False, topics=_ADDED)}, _ADD_OLD),
    Base(24, (0, 3), _ADD_OLD, name="older"),
    Base(25, (0, 4), {**_OF_PRODUCER, "group_id": "wtg"}),
    Base(28, (0, 4), {**_OF_PRODUCER, "group_id": "wtg", "generation_id": -1, "member_id": "", "group_instance_id": None,
                      "topics": _PLACES}, kept=("producer_epoch",)),
    Base(65, (0, 0), {"transactional_ids": ["nope"]}),
    Base(66, (0, 1), {"state_filters": ["Ongoing"], "producer_id_filters": [PRODUCER], "duration_filter": -1}),
    Base(27, (1, 1), {"markers": _one(producer_id=99_999, producer_epoch=0, transaction_result=True, coordinator_epoch=0,
                                      topics=_one(name=TOPIC, partition_indexes=[1]))}, alone=True),
    Base(26, (0, 4), {**_OF_PRODUCER, "committed": True}),
    Base(22, (0, 5), {"transactional_id": None, "transaction_timeout": 60_000, "producer_id": -1, "producer_epoch": -1},
         name="idempotent"),
    Base(22, (0, 5), {"transactional_id": "wu", "transaction_timeout": 60_000, "producer_id": -1, "producer_epoch": -1},
         name="of a transaction"),
)
# fmt: on
