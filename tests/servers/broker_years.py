"""Years of requests that ask for several things at once, some of them wrong; written before it was compared."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, produced, records

_AT = 4_000_000_000_000
_ONE = records((b"k", b"v"), at=_AT)
_PLACES = (("red", 0), ("red", 1), ("blue", 0), ("blue", 7), ("grey", 0))


def _by_topic(key: str, parts: str, made: Any, places: Any = _PLACES) -> list[dict[str, Any]]:
    """Topics with their partitions, each made from its number."""
    topics: dict[str, list[Any]] = {}
    for name, number in places:
        topics.setdefault(name, []).append(made(number))
    return [{key: name, parts: each} for name, each in topics.items()]


def _topics(stage: Stage) -> None:
    def new(name: str, partitions: int = 2, replicas: int = 1, **configs: str) -> dict[str, Any]:
        named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
        return {
            "name": name,
            "num_partitions": partitions,
            "replication_factor": replicas,
            "assignments": (),
            "configs": named,
        }

    several = [
        new("red"),
        new("blue", 1),
        new("gr ey"),
        new("pink", 0),
        new("gold", 1, 2),
        new("lime", 1, 1, retention_ms="x"),
    ]
    for version in (1, 4, 7):
        stage.ask(f"make {version}", 19, version, {"topics": several, "timeout": 5000, "validate_only": False})
    time.sleep(SETTLING)
    grown = [
        {"name": name, "count": count, "assignments": None}
        for name, count in (("red", 2), ("blue", 0), ("none", 3), ("red ", 4))
    ]
    for version in (0, 3):
        stage.ask(f"grow {version}", 37, version, {"topics": grown, "timeout": 5000, "validate_only": True})
    for version in (1, 5, 9, 12):
        asked = [{"name": name, "topic_id": uuid.UUID(int=0)} for name in ("red", "none", "", "blue", "red")]
        stage.ask(f"metadata {version}", 3, version, {"topics": asked, "allow_auto_topic_creation": False})
    kinds = [
        {"resource_type": 2, "resource_name": name, "configuration_keys": ["min.insync.replicas", "nope"]}
        for name in ("red", "none", "a/b")
    ]
    for version in (1, 4):
        stage.ask(
            f"settings {version}",
            32,
            version,
            {"resources": kinds, "include_synonyms": False, "include_documentation": False},
        )


def _data(stage: Stage) -> None:
    for version in (3, 6, 8, 9, 11):
        asked = {
            **produced("x", b""),
            "topic_data": _by_topic("name", "partition_data", lambda n: {"index": n, "records": _ONE}),
        }
        stage.ask(f"produce {version}", 0, version, asked)
    wanted = {"current_leader_epoch": -1, "last_fetched_epoch": -1, "log_start_offset": -1, "partition_max_bytes": 1000}
    for version in (4, 8, 11, 12):
        for offset, most in ((0, 10_000), (1, 60), (3, 200), (9, 100)):
            topics = _by_topic(
                "topic", "partitions", lambda n, at=offset: {**wanted, "partition": n, "fetch_offset": at}
            )
            stage.ask(f"fetch {version} {offset} {most}", 1, version, {
                "replica_id": -1, "max_wait": 10, "min_bytes": 0, "max_bytes": most, "isolation_level": 0, "session_id": 0,
                "session_epoch": -1, "rack_id": "", "topics": topics, "forgotten_topics_data": (),
            })  # fmt: skip
    for version in (1, 4, 8):
        for at in (-1, -2, _AT, _AT + 1):
            topics = _by_topic(
                "name",
                "partitions",
                lambda n, at=at: {"partition_index": n, "current_leader_epoch": -1, "timestamp": at},
            )
            stage.ask(f"offsets {version} {at}", 2, version, {"replica_id": -1, "isolation_level": 0, "topics": topics})
    for version in (2, 4):
        topics = _by_topic(
            "topic", "partitions", lambda n: {"partition": n, "current_leader_epoch": -1, "leader_epoch": 0}
        )
        stage.ask(f"epochs {version}", 23, version, {"replica_id": -1, "topics": topics})
    for offset in (1, -1, 50):
        topics = _by_topic("name", "partitions", lambda n, at=offset: {"partition_index": n, "offset": at})
        stage.ask(f"cut {offset}", 21, 2, {"topics": topics, "timeout": 3000})


def _groups(stage: Stage) -> None:
    ask = stage.ask
    for version, metadata in ((2, "m"), (5, "x" * 5000), (7, ""), (9, "x" * 4096)):
        places = _by_topic("name", "partitions", lambda n, text=metadata: {
            "partition_index": n, "committed_offset": n + 4, "committed_leader_epoch": -1, "committed_metadata": text})  # fmt: skip
        ask(f"commit {version}", 8, version, {"group_id": f"y{version}", "generation_id_or_member_epoch": -1, "member_id": "",
                                              "group_instance_id": None, "retention_time": -1, "topics": places})  # fmt: skip
    topics = _by_topic("name", "partition_indexes", lambda n: n)
    for version in (1, 3, 5, 7):
        ask(f"held {version}", 9, version, {"group_id": "y2", "topics": topics, "require_stable": True})
    several = [
        {"group_id": name, "topics": each, "member_id": None, "member_epoch": -1}
        for name, each in (("y2", None), ("none", topics), ("y9", topics), ("none", None))
    ]
    for version in (8, 9):
        ask(f"held of several {version}", 9, version, {"groups": several, "require_stable": False})
    for version in (0, 3, 5):
        ask(
            f"describe {version}",
            15,
            version,
            {"groups": ["y2", "none", "", "y9"], "include_authorized_operations": True},
        )
    for states, types in (
        (("Stable",), ()),
        (("empty", "Dead"), ()),
        (("Odd",), ()),
        ((), ("consumer",)),
        (("Empty",), ("CLASSIC",)),
    ):
        ask(f"list {states} {types}", 16, 5, {"states_filter": list(states), "types_filter": list(types)})
    for key, version, more in ((12, 0, {}), (12, 4, {}), (14, 3, {"assignments": ()}), (13, 1, {})):
        ask(
            f"{key} {version} of no member",
            key,
            version,
            {"group_id": "y2", "generation_id": 0, "member_id": "m", "group_instance_id": None, **more},
        )
    gone = _by_topic("name", "partitions", lambda n: {"partition_index": n})
    for name in ("y2", "none"):
        ask(f"forget {name}", 47, 0, {"group_id": name, "topics": gone})
    ask("delete", 42, 2, {"groups_names": ["y2", "y9", "none", "y9", ""]})
    ask("delete topics", 20, 5, {"topic_names": ["red", "none", "", "red"], "timeout": 3000})
    ask("delete topics again", 20, 6, {"topics": [{"name": "blue", "topic_id": None}, {"name": None, "topic_id": uuid.UUID(int=3)}], "timeout": 3000})  # fmt: skip


STEPS = 76


def play(stage: Stage) -> None:
    """All of the years."""
    stage.wait_for_coordinators()
    _topics(stage)
    _data(stage)
    _groups(stage)
