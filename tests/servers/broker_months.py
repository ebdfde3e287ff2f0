"""Months of a stream processor, of topics that come again, and of settings that change; written before it was compared."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, produced, records, topic

_AT = 4_000_000_000_000  # no retention reaches it


class _Processor:
    """Reads, writes exactly once, and is fenced."""

    def __init__(self, stage: Stage) -> None:
        self._ask = stage.ask
        self._me: tuple[int, int] = (-1, -1)

    def _begin(self, name: str, timeout: int = 20_000, version: int = 3) -> None:
        new = {"transactional_id": "app-1", "transaction_timeout": timeout, "producer_id": -1, "producer_epoch": -1}
        answer = self._ask(name, 22, version, new)
        if answer["error_code"] == "none":
            self._me = (int(answer["producer_id"]), int(answer["producer_epoch"]))

    def _who(self, epoch: int = 0) -> dict[str, Any]:
        return {"transactional_id": "app-1", "producer_id": self._me[0], "producer_epoch": self._me[1] + epoch}

    def _offsets(self, name: str, *places: tuple[str, int, int], epoch: int = 0, **member: Any) -> None:
        topics = [{"name": t, "partitions": [{"partition_index": n, "committed_offset": o, "committed_leader_epoch": -1,
                                              "committed_metadata": ""}]} for t, n, o in places]  # fmt: skip
        given = {"generation_id": -1, "member_id": "", "group_instance_id": None, **member}
        self._ask(f"offsets {name}", 28, 3, {**self._who(epoch), "group_id": "app", "topics": topics, **given})

    def _end(self, name: str, committed: bool) -> None:
        self._ask(f"end {name}", 26, 3, {**self._who(), "committed": committed})
        time.sleep(SETTLING)

    def _held(self, name: str) -> None:
        for stable in (False, True):
            group = {"group_id": "app", "topics": [{"name": "in", "partition_indexes": [0, 1]}]}
            self._ask(f"held {name} {stable}", 9, 8, {"groups": [group], "require_stable": stable})

    def _cycle(self, name: str, sequence: int, committed: bool) -> None:
        self._ask(f"{name}: add", 24, 3, {
            "v3_and_below_transactional_id": "app-1", "v3_and_below_producer_id": self._me[0], "v3_and_below_producer_epoch": self._me[1],
            "v3_and_below_topics": [{"name": "out", "partitions": [0]}, {"name": "log", "partitions": [1]}],
        })  # fmt: skip
        for where, number in (("out", 0), ("log", 1)):
            data = records((b"k", b"1"), (b"k", b"2"), attributes=0x10, producer=(*self._me, sequence), at=_AT)
            self._ask(f"{name}: to {where}", 0, 9, produced(where, data, number, transaction="app-1"))
        self._ask(f"{name}: group", 25, 3, {**self._who(), "group_id": "app"})
        self._offsets(name, ("in", 0, 5 + sequence), ("in", 1, 7))
        self._held(f"in {name}")
        self._ask(f"{name}: state", 65, 0, {"transactional_ids": ["app-1"]})
        self._end(name, committed)
        self._held(f"after {name}")
        ends = listed("out", -1, committed=True)
        self._ask(f"{name}: stable", 2, 7, ends)
        answer = self._ask(f"{name}: read", 1, 11, fetched("out", committed=True))
        for each in answer["responses"][0]["partitions"]:
            each["records"] = len(each["records"])  # a marker has the time of its writing

    def lives(self) -> None:
        """Its transactions, one after the other."""
        for timeout in (0, 900_000, 900_001):
            self._begin(f"timeout {timeout}", timeout)
        self._offsets("without a transaction", ("in", 0, 1))
        self._cycle("first", 0, True)
        self._cycle("second", 2, False)
        self._offsets("unknown topic", ("none", 0, 1))
        self._offsets("a generation that is not", ("in", 0, 1), generation_id=4, member_id="m")
        before = self._me
        self._begin("again", version=4)
        newer, self._me = self._me, before
        self._ask("the older adds a group", 25, 3, {**self._who(), "group_id": "app"})
        self._offsets("of the older", ("in", 0, 99))
        self._end("of the older", True)
        self._me = newer
        self._ask("a group alone", 25, 3, {**self._who(), "group_id": "app"})
        self._end("a group alone", True)
        self._end("nothing", False)
        self._ask("list", 66, 1, {"state_filters": [], "producer_id_filters": [], "duration_filter": 0})


def _come_again(stage: Stage) -> None:
    ask = stage.ask

    def by_id(topic_id: uuid.UUID, session: tuple[int, int] = (0, -1)) -> dict[str, Any]:
        asked = fetched("x", session=session)
        return {**asked, "topics": [{"topic_id": topic_id, "partitions": asked["topics"][0]["partitions"]}]}

    def made(name: str) -> uuid.UUID:
        return uuid.UUID(ask(name, 19, 7, topic("again", 2))["topics"][0]["topic_id"])

    first = made("made")
    ask("written", 0, 9, produced("again", records((b"a", b"1"), at=_AT)))
    session = ask("session by id", 1, 13, by_id(first, (0, 0)))["session_id"]
    place = {"partition_index": 0, "committed_offset": 1, "committed_leader_epoch": -1, "committed_metadata": None}
    commit = {"group_id": "reader", "generation_id_or_member_epoch": -1, "member_id": "", "group_instance_id": None,
              "topics": [{"name": "again", "partitions": [place]}]}  # fmt: skip
    ask("committed", 8, 8, commit)
    ask("deleted by id", 20, 6, {"topics": [{"name": None, "topic_id": first}], "timeout": 5000})
    time.sleep(SETTLING)
    ask("session after it", 1, 13, {**fetched("", session=(session, 1)), "topics": []})
    ask("held after it", 9, 8, {"groups": [{"group_id": "reader", "topics": None}], "require_stable": False})
    ask("written after it", 0, 9, produced("again", records((b"a", b"1"), at=_AT)))
    second = made("made again")
    time.sleep(SETTLING)
    for name, topic_id in (("the old", first), ("the new", second), ("none", uuid.UUID(int=5))):
        ask(f"fetch {name} id", 1, 13, by_id(topic_id))
        asked = {"topics": [{"name": None, "topic_id": topic_id}], "allow_auto_topic_creation": False}
        answer = ask(f"metadata {name} id", 3, 12, {**asked, "include_topic_authorized_operations": False})
        stage.answers[-1] = (name, [(t["error_code"], t["name"], len(t["partitions"])) for t in answer["topics"]])
    ask("offsets", 2, 7, listed("again", -1, -1, -2))
    ask(
        "describe it",
        75,
        0,
        {"topics": [{"name": "again"}, {"name": "log"}], "response_partition_limit": 3, "cursor": None},
    )


def _settings(stage: Stage) -> None:
    ask = stage.ask

    def described(name: str, *keys: str) -> None:
        one = {"resource_type": 2, "resource_name": "again", "configuration_keys": list(keys)}
        other = {"resource_type": 4, "resource_name": "1", "configuration_keys": ["log.cleaner.delete.retention.ms"]}
        ask(
            f"described {name}",
            32,
            4,
            {"resources": [one, other], "include_synonyms": True, "include_documentation": False},
        )

    def changed(name: str, *changes: tuple[str, int, str | None], dry: bool = False) -> None:
        configs = [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]
        resource = {"resource_type": 2, "resource_name": "again", "configs": configs}
        ask(name, 44, 1, {"resources": [resource], "validate_only": dry})
        time.sleep(SETTLING)
        described(
            f"after {name}", "cleanup.policy", "delete.retention.ms", "max.message.bytes", "message.timestamp.type"
        )

    changed("compacted too", ("cleanup.policy", 2, "compact"), ("delete.retention.ms", 0, "100"))
    ask("no key now", 0, 9, produced("again", records((None, b"1"), at=_AT)))
    changed("dry", ("cleanup.policy", 0, "delete"), dry=True)
    changed("stamped", ("message.timestamp.type", 0, "LogAppendTime"), ("cleanup.policy", 3, "compact"))
    ask("no key again", 0, 8, produced("again", records((None, b"1"), at=5)))
    changed("small", ("max.message.bytes", 0, "80"), ("message.timestamp.type", 1, None))
    ask("too large now", 0, 8, produced("again", records((b"k", b"v" * 90), at=_AT)))
    ask("too old never", 0, 8, produced("again", records((b"k", b"v"), at=1)))
    ask("replaced", 33, 1, {"resources": [{"resource_type": 2, "resource_name": "again", "configs": [{"name": "message.timestamp.before.max.ms", "value": "1000"}]}], "validate_only": False})  # fmt: skip
    time.sleep(SETTLING)
    described("after it", "cleanup.policy", "message.timestamp.before.max.ms", "delete.retention.ms")
    ask("too old now", 0, 9, produced("again", records((b"k", b"v"), at=1)))
    ask(
        "grown, dry",
        37,
        3,
        {"topics": [{"name": "again", "count": 4, "assignments": None}], "timeout": 3000, "validate_only": True},
    )
    ask(
        "grown",
        37,
        3,
        {
            "topics": [{"name": "again", "count": 3, "assignments": [{"broker_ids": [1]}]}],
            "timeout": 3000,
            "validate_only": False,
        },
    )
    time.sleep(SETTLING)
    ask("ends of it", 2, 7, listed("again", -1, -1, -1, -1))


STEPS = 75


def play(stage: Stage) -> None:
    """All of the months."""
    stage.wait_for_coordinators()
    for name in ("in", "out", "log"):
        stage.quietly(19, 5, topic(name, 2))
    time.sleep(SETTLING)
    _Processor(stage).lives()
    _come_again(stage)
    _settings(stage)
