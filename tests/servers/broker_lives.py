"""Producers, transactions and a group from their beginning to their end: each request takes ids from the answers before."""

from __future__ import annotations

import struct
import time
from typing import Any

import crc32c
from kio.serial.errors import OutOfBoundValue

from tests.servers.kafka_batches import varint
from tests.servers.kafka_wire import Wire

_TOPIC = "lives"
_PATIENCE = 30.0  # seconds for the coordinators' topics of the real one
_SETTLING = 0.4  # seconds for markers to be written


def _batch(producer: int, epoch: int, sequence: int, count: int = 1, *, open_: bool = True) -> bytes:
    """A batch of a producer with an id; `open_` says that it is part of a transaction."""
    now, records = int(time.time() * 1000), b""
    for number in range(count):
        body = b"\0" + varint(0) + varint(number) + varint(-1) + varint(1) + b"v" + b"\0"
        records += varint(len(body)) + body
    covered = (
        struct.pack(">hiqqqhii", 0x10 if open_ else 0, count - 1, now, now, producer, epoch, sequence, count) + records
    )
    head = struct.pack(">ibI", 0, 2, crc32c.crc32c(covered))
    return struct.pack(">qi", 0, len(head) + len(covered)) + head + covered


def _produce(data: bytes, transaction: str | None = None, number: int = 0) -> dict[str, Any]:
    return {"transactional_id": transaction, "acks": -1, "timeout": 3000,
            "topic_data": [{"name": _TOPIC, "partition_data": [{"index": number, "records": data}]}]}  # fmt: skip


class Lives:
    """One play on one broker.

    Args:
        address: Of the broker.
    """

    def __init__(self, address: str) -> None:
        self._wire = Wire(address)
        self.answers: list[tuple[str, Any]] = []

    def play(self) -> None:
        """Plays all; `answers` has (name, answer) of each step then."""
        try:
            self._prepare()
            self._idempotent()
            self._transactional()
            self._fenced()
            self._member()
            self._versions()
        finally:
            self._wire.close()

    def _ask(self, name: str, key: int, version: int, fields: dict[str, Any]) -> Any:
        try:
            answer: Any = self._wire.ask(key, version, fields)
        except OutOfBoundValue as error:  # a time that is none
            answer = type(error).__name__
        self.answers.append((name, answer))
        return answer

    def _prepare(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        for kind in (0, 1):
            while self._wire.ask(10, 4, {"key_type": kind, "coordinator_keys": ["c"]})["coordinators"][0]["error_code"] != "none":  # fmt: skip
                assert time.monotonic() < deadline, "the broker has no coordinators"
                time.sleep(0.2)
        for transaction in (None, "tx0"):
            while self._begun(transaction)["error_code"] != "none":
                assert time.monotonic() < deadline, "the broker gives no producers' ids"
                time.sleep(0.2)
        one = {"name": _TOPIC, "num_partitions": 2, "replication_factor": 1, "assignments": (), "configs": ()}
        self._wire.ask(19, 7, {"topics": [one], "timeout": 5000, "validate_only": False})
        time.sleep(_SETTLING)

    def _begun(self, transaction: str | None, producer: int = -1, epoch: int = -1, timeout: int = 60_000) -> Any:
        return self._wire.ask(22, 4, {"transactional_id": transaction, "transaction_timeout": timeout,
                                      "producer_id": producer, "producer_epoch": epoch})  # fmt: skip

    def _init(self, name: str, *given: Any, **more: Any) -> Any:
        answer = self._begun(*given, **more)
        self.answers.append((f"init {name}", answer))
        return answer

    def _idempotent(self) -> None:
        producer = self._init("without a transaction", None)["producer_id"]
        for name, epoch, sequence, count in (
            ("the first", 0, 0, 1), ("again", 0, 0, 1), ("a gap", 0, 5, 1), ("the next", 0, 1, 3), ("three again", 0, 1, 3),
            ("an overlap", 0, 2, 3), ("an old epoch", -1, 0, 1), ("a new epoch not from 0", 1, 4, 1), ("a new epoch", 1, 0, 1),
            ("an older one after", 0, 4, 1),
        ):  # fmt: skip
            self._ask(f"idempotent: {name}", 0, 9, _produce(_batch(producer, epoch, sequence, count, open_=False)))
        self._ask("idempotent: unknown", 0, 9, _produce(_batch(producer + 500, 0, 7, open_=False)))
        self._ask("producers", 61, 0, {"topics": [{"name": _TOPIC, "partition_indexes": [0, 1]}]})

    def _state(self, name: str) -> None:
        self._ask(f"state {name}", 65, 0, {"transactional_ids": ["tx1"]})

    def _end(self, name: str, committed: bool, epoch: int | None = None) -> None:
        self._ask(f"end {name}", 26, 3, {"transactional_id": "tx1", "producer_id": self._producer, "committed": committed,
                                         "producer_epoch": self._epoch if epoch is None else epoch})  # fmt: skip
        time.sleep(_SETTLING)

    def _add(self, name: str, *numbers: int, topic: str = _TOPIC, other: int = 0, epoch: int | None = None) -> None:
        self._ask(f"add {name}", 24, 3, {
            "v3_and_below_transactional_id": "tx1", "v3_and_below_producer_id": self._producer + other,
            "v3_and_below_producer_epoch": self._epoch if epoch is None else epoch,
            "v3_and_below_topics": [{"name": topic, "partitions": list(numbers)}],
        })  # fmt: skip

    def _offsets(self, name: str, isolation: int) -> None:
        asked = {"partition_index": 0, "current_leader_epoch": -1, "timestamp": -1}
        self._ask(f"offsets {name}", 2, 8, {"replica_id": -1, "isolation_level": isolation,
                                            "topics": [{"name": _TOPIC, "partitions": [asked]}]})  # fmt: skip

    def _transactional(self) -> None:
        begun = self._init("with a transaction", "tx1")
        self._producer, self._epoch = begun["producer_id"], begun["producer_epoch"]
        self._state("empty")
        self._end("of none", True)
        self._ask("produce not added", 0, 9, _produce(_batch(self._producer, self._epoch, 0), "tx1"))
        self._add("one", 0)
        self._state("ongoing")
        for name in ("added", "again"):
            self._ask(f"produce {name}", 0, 9, _produce(_batch(self._producer, self._epoch, 0, 2), "tx1"))
        self._add("an unknown one", 0, 9)
        self._add("no topic", 0, topic="nope")
        self._add("again", 0)
        self._add("of another", 1, other=77)
        self._add("of a later epoch", 1, epoch=5)
        self._offsets("uncommitted", 0)
        self._offsets("stable", 1)
        long = {"state_filters": ["Ongoing"], "producer_id_filters": [], "duration_filter": 100_000}
        self._ask("list long ones", 66, 1, long)
        self._end("of a later epoch", True, epoch=9)
        for name, committed in (("commit", True), ("commit again", True), ("abort after it", False)):
            self._end(name, committed)
        self._state("committed")
        self._offsets("after it", 1)
        self._add("another", 1)
        self._ask("produce to another", 0, 9, _produce(_batch(self._producer, self._epoch, 0), "tx1", 1))
        for name, committed in (("abort", False), ("abort again", False), ("commit after it", True)):
            self._end(name, committed)
        self._state("aborted")

    def _held(self, name: str, *, stable: bool = False) -> None:
        group = {"group_id": "tg", "topics": [{"name": _TOPIC, "partition_indexes": [0]}]}
        self._ask(f"held {name}", 9, 8, {"groups": [group], "require_stable": stable})

    def _fenced(self) -> None:
        own = {
            "transactional_id": "tx1",
            "producer_id": self._producer,
            "producer_epoch": self._epoch,
            "group_id": "tg",
        }
        self._ask("add offsets", 25, 3, own)
        place = {"partition_index": 0, "committed_offset": 3, "committed_leader_epoch": -1, "committed_metadata": "m"}
        self._ask("commit offsets", 28, 3, {**own, "generation_id": -1, "member_id": "", "group_instance_id": None,
                                            "topics": [{"name": _TOPIC, "partitions": [place]}]})  # fmt: skip
        self._held("open")
        self._held("open, stable", stable=True)
        self._end("with offsets", True)
        self._held("committed")
        old, self._epoch = self._epoch, self._init("again", "tx1")["producer_epoch"]
        self._ask("produce of the older", 0, 9, _produce(_batch(self._producer, old, 5), "tx1"))
        self._add("of the older", 0, epoch=old)
        self._end("of the older", True, epoch=old)
        self._init("with its own", "tx1", self._producer, self._epoch)
        self._init("with an old epoch", "tx1", self._producer, old)
        self._init("with another id", "tx1", self._producer + 99, 0)
        self._init("a new one with an id", "tx2", self._producer, 0)
        for timeout in (0, -5):
            self._init(f"timeout {timeout}", "tx3", timeout=timeout)

    def _join(self, name: str, member: str, *, kind: str = "consumer", protocol: str = "range") -> Any:
        return self._ask(f"join {name}", 11, 9, {
            "group_id": "lg", "session_timeout": 10_000, "rebalance_timeout": 3000, "member_id": member, "reason": None,
            "group_instance_id": None, "protocol_type": kind, "protocols": [{"name": protocol, "metadata": b"a"}],
        })  # fmt: skip

    def _sync(self, name: str, generation: int, member: str, protocol: str = "range", assigned: Any = ()) -> None:
        self._ask(f"sync {name}", 14, 5, {
            "group_id": "lg", "generation_id": generation, "member_id": member, "group_instance_id": None,
            "protocol_type": "consumer", "protocol_name": protocol, "assignments": assigned,
        })  # fmt: skip

    def _beat(self, name: str, generation: int, member: str) -> None:
        self._ask(f"beat {name}", 12, 4, {"group_id": "lg", "generation_id": generation, "member_id": member,
                                          "group_instance_id": None})  # fmt: skip

    def _commit(self, name: str, generation: int, member: str, number: int = 0) -> None:
        place = {
            "partition_index": number,
            "committed_offset": 4,
            "committed_leader_epoch": -1,
            "committed_metadata": None,
        }
        self._ask(f"commit {name}", 8, 8, {
            "group_id": "lg", "generation_id_or_member_epoch": generation, "member_id": member,
            "group_instance_id": None, "topics": [{"name": _TOPIC, "partitions": [place]}],
        })  # fmt: skip

    def _described(self, name: str) -> None:
        self._ask(f"describe {name}", 15, 5, {"groups": ["lg"], "include_authorized_operations": False})

    def _forget(self, name: str, *topics: tuple[str, tuple[int, ...]]) -> None:
        gone = [
            {"name": topic, "partitions": [{"partition_index": each} for each in numbers]} for topic, numbers in topics
        ]
        self._ask(f"forget {name}", 47, 0, {"group_id": "lg", "topics": gone})

    def _member(self) -> None:
        me = self._join("first", "")["member_id"]
        now = self._join("with its id", me)["generation_id"]
        self._beat("before the sync", now, me)
        self._described("completing")
        self._sync("of another generation", 7, me)
        self._sync("of nobody", now, "zz")
        self._sync("of another protocol", now, me, "foo")
        self._sync("of the leader", now, me, assigned=[{"member_id": me, "assignment": b"xy"}])
        self._sync("again", now, me)
        self._described("stable")
        for name, generation, member in (("", now, me), ("old", 0, me), ("of nobody", now, "who")):
            self._beat(name, generation, member)
        for name, generation, member in (("", now, me), ("old", 0, me), ("of nobody", now, "zz"), ("simple", -1, "")):
            self._commit(name, generation, member)
        self._commit("no partition", now, me, 99)
        self._forget("while it reads", (_TOPIC, (0,)))
        self._ask("delete with a member", 42, 2, {"groups_names": ["lg"]})
        self._join("another type", "", kind="connect")
        self._join("another protocol", "", protocol="foo")
        self._join("nobody", "nobody")
        for name in ("zz", me):
            gone = {"member_id": name, "group_instance_id": None, "reason": "x"}
            self._ask(f"leave {'nobody' if name == 'zz' else ''}", 13, 5, {"group_id": "lg", "members": [gone]})
        self._described("empty")
        self._beat("after leaving", now, me)
        self._forget("all", (_TOPIC, (0, 1)), ("nope", (0,)))
        self._ask("delete several", 42, 2, {"groups_names": ["lg", "lg", "tg", "nog"]})
        self._described("dead")

    def _versions(self) -> None:
        join = {"group_id": "og", "session_timeout": 10_000, "rebalance_timeout": 3000, "member_id": "",
                "protocol_type": "consumer", "protocols": [{"name": "range", "metadata": b"a"}]}  # fmt: skip
        member = self._ask("join of version 2", 11, 2, join)["member_id"]
        self._ask("leave of version 1", 13, 1, {"group_id": "og", "member_id": member})
        place = {"partition_index": 0, "committed_offset": 4, "committed_metadata": "x"}
        self._ask("commit of version 2", 8, 2, {"group_id": "og", "generation_id_or_member_epoch": -1, "member_id": "",
                                                "retention_time": -1, "topics": [{"name": _TOPIC, "partitions": [place]}]})  # fmt: skip
        self._ask(
            "held of version 1", 9, 1, {"group_id": "og", "topics": [{"name": _TOPIC, "partition_indexes": [0, 1]}]}
        )
        self._ask("held of version 5", 9, 5, {"group_id": "og", "topics": None})


STEPS = 92


def named(answer: Any) -> Any:
    """An answer without the ids that each broker gives by itself."""
    if isinstance(answer, dict):
        return {
            key: ("ID" if value else "") if key in ("member_id", "leader") else named(value)
            for key, value in answer.items()
        }
    return [named(each) for each in answer] if isinstance(answer, list) else answer
