"""A day of an event store, of a payment service and of its operators; written before any of it was compared."""

from __future__ import annotations

import functools
import gzip
import time
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, produced, records, topic

_AT = 1_700_000_000_000
_SESSION = 4  # a session id that nobody has
_zipped = functools.partial(gzip.compress, mtime=0)


def _events(stage: Stage) -> None:
    ask = stage.ask
    for name, made in {
        "plain": topic("orders", 2), "compacted": topic("customers", 1, cleanup_policy="compact"),
        "stamped": topic("stamped", 1, message_timestamp_type="LogAppendTime"), "small": topic("small", 1, max_message_bytes="150"),
        "gzip": topic("packed", 1, compression_type="gzip"), "again": topic("orders", 3),
    }.items():  # fmt: skip
        ask(f"make {name}", 19, 5, made)
    time.sleep(SETTLING)
    one = ((b"k", b"v"),)
    for name, fields in {
        "with headers": produced("orders", records(*one, headers=((b"trace", b"1"),))), "tombstone": produced("orders", records((b"k", None))),
        "gzip": produced("orders", records(*one, attributes=1, pack=_zipped)), "gzip that is none": produced("orders", records(*one, attributes=1)),
        "unknown codec": produced("orders", records(*one, attributes=5)), "control": produced("orders", records(*one, attributes=0x20)),
        "later": produced("orders", records(*one, *one, at=_AT + 100, step=10), 1), "backwards": produced("orders", records(*one, *one, at=_AT + 50, step=-10), 1),
        "far in the future": produced("orders", records(*one, at=2**42)), "before 1970": produced("orders", records(*one, at=-5)),
        "no partition": produced("orders", records(*one), 2), "a negative partition": produced("orders", records(*one), -1),
        "no key to compacted": produced("customers", records((None, b"v"))), "mixed to compacted": produced("customers", records((b"a", b"1"), (None, b"2"))),
        "key to compacted": produced("customers", records((b"a", b"1"), (b"a", b"2"))), "stamped": produced("stamped", records(*one)),
        "too large": produced("small", records((b"k", b"v" * 200))), "just fits": produced("small", records((b"k", b"v" * 50))),
        "unpacked to gzip": produced("packed", records(*one)), "acks 2": produced("orders", records(*one), acks=2), "acks 1": produced("orders", records(*one), acks=1),
        "transactional without an id": produced("orders", records(*one, attributes=0x10, producer=(5, 0, 0))), "an id without a transaction": produced("orders", records(*one), transaction="x"),
        "no records in a batch": produced("orders", records()), "unknown topic": produced("nothing", records(*one)),
    }.items():  # fmt: skip
        for version in (3, 9) if "key" in name else (8,):
            ask(f"produce {name} v{version}", 0, version, fields)
    for name, fields in {
        "all": fetched("orders"), "from 1": fetched("orders", 1), "the end": fetched("orders", 7), "beyond": fetched("orders", 99), "below": fetched("orders", -1),
        "little": fetched("orders", most=1), "little of a partition": fetched("orders", of_partition=1), "nothing": fetched("orders", most=0), "other": fetched("orders", 0, 1),
        "no partition": fetched("orders", 0, 7), "no topic": fetched("nothing"), "a later epoch": fetched("orders", epoch=3), "its epoch": fetched("orders", epoch=0),
        "an unknown session": fetched("orders", session=(_SESSION, 1)), "a first epoch with an id": fetched("orders", session=(_SESSION, 0)),
        "the packed": fetched("packed"), "the stamped from 1": fetched("stamped", 1), "compacted": fetched("customers"), "no topics": fetched(""),
    }.items():  # fmt: skip
        answer = ask(f"fetch {name}", 1, 11, fields)
        if isinstance(answer, dict) and name == "the packed":
            stage.answers[-1] = (
                name,
                [len(p["records"] or "") > 0 for t in answer["responses"] for p in t["partitions"]],
            )
    for name, fields in {
        "ends": listed("orders", -1, -1), "starts": listed("orders", -2, -2), "largest": listed("orders", -3, -3), "by time": listed("orders", _AT, _AT + 95),
        "by a late time": listed("orders", _AT + 10**9, _AT + 105), "by 0": listed("orders", 0, 0), "of the local": listed("orders", -4, -5), "unknown": listed("orders", -6),
        "committed": listed("orders", -1, committed=True), "too many": listed("orders", -1, -1, -1), "a later epoch": listed("orders", -1, epoch=2), "stamped": listed("stamped", _AT),
    }.items():  # fmt: skip
        for version in (1, 5, 9) if name in ("ends", "largest", "of the local") else (7,):
            ask(f"offsets {name} v{version}", 2, version, fields)


def _sessions(stage: Stage) -> None:
    ask = stage.ask
    begun = ask("session", 1, 11, fetched("orders", 5, session=(0, 0)))
    number = begun["session_id"]
    ask("session, empty", 1, 11, fetched("", session=(number, 1)))
    ask("session, the same epoch", 1, 11, fetched("", session=(number, 1)))
    stage.quietly(0, 8, produced("orders", records((b"n", b"1"))))
    ask("session, news", 1, 11, fetched("", session=(number, 2)))
    ask("session, another partition", 1, 11, fetched("orders", 0, 1, session=(number, 3)))
    ask("session, forgotten", 1, 11, fetched("", session=(number, 4), forgotten=(("orders", [1]),)))
    ask("session, an unknown one", 1, 11, fetched("nothing", session=(number, 5)))
    ask("session, again", 1, 11, fetched("", session=(number, 6)))
    ask("session, closed", 1, 11, fetched("", session=(number, -1)))
    ask("session, after it", 1, 11, fetched("", session=(number, 7)))


def _cut(stage: Stage) -> None:
    ask = stage.ask

    def cut(name: str, offset: int, number: int = 0) -> dict[str, Any]:
        return {
            "topics": [{"name": name, "partitions": [{"partition_index": number, "offset": offset}]}],
            "timeout": 3000,
        }

    for name, fields in {
        "two": cut("orders", 2), "fewer": cut("orders", 1), "beyond": cut("orders", 99), "compacted": cut("customers", 1), "no partition": cut("orders", 0, 9), "below": cut("orders", -2),
    }.items():  # fmt: skip
        ask(f"cut {name}", 21, 1, fields)
    ask("fetch what was cut", 1, 11, fetched("orders", 1))
    ask("offsets after the cut", 2, 7, listed("orders", -2, -2))
    ask("offsets by time after the cut", 2, 7, listed("orders", 0, 0))
    ask("cut all", 21, 2, cut("orders", -1))
    ask("offsets after all", 2, 7, listed("orders", -2))
    ask("offsets by time after all", 2, 7, listed("orders", 0))
    ask("largest after all", 2, 7, listed("orders", -3))
    for epoch in (-1, 0, 1):
        wanted = {"partition": 0, "current_leader_epoch": 0, "leader_epoch": epoch}
        ask(f"end of epoch {epoch}", 23, 3, {"replica_id": -1, "topics": [{"topic": "orders", "partitions": [wanted]}]})


class _Payments:
    """Two producers of one service, each with its transactions."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._ask = stage, stage.ask
        stage.quietly(19, 5, topic("payments", 2))
        time.sleep(SETTLING)

    def _begin(self, name: str, who: str, producer: int = -1, epoch: int = -1) -> tuple[int, int]:
        new = {"transactional_id": who, "transaction_timeout": 30_000, "producer_id": producer, "producer_epoch": epoch}
        answer = self._ask(name, 22, 4, new)
        return answer["producer_id"], answer["producer_epoch"]

    def _write(self, name: str, who: str, me: tuple[int, int], sequence: int, number: int = 0) -> None:
        data = records((b"p", b"1"), attributes=0x10, producer=(*me, sequence))
        self._ask(name, 0, 8, produced("payments", data, number, transaction=who))

    def _add(self, name: str, who: str, me: tuple[int, int], *numbers: int) -> None:
        self._ask(name, 24, 2, {
            "v3_and_below_transactional_id": who, "v3_and_below_producer_id": me[0], "v3_and_below_producer_epoch": me[1],
            "v3_and_below_topics": [{"name": "payments", "partitions": list(numbers)}],
        })  # fmt: skip

    def _end(self, name: str, who: str, me: tuple[int, int], committed: bool) -> None:
        asked = {"transactional_id": who, "producer_id": me[0], "producer_epoch": me[1], "committed": committed}
        self._ask(name, 26, 2, asked)
        time.sleep(SETTLING)

    def both(self) -> None:
        """Their transactions beside each other."""
        stage, ask = self._stage, self._ask
        first, second = self._begin("first", "pay-1"), self._begin("second", "pay-2")
        self._add("first adds", "pay-1", first, 0, 1)
        self._add("second adds", "pay-2", second, 0)
        self._add("second adds as the first", "pay-1", second, 0)
        self._write("first writes", "pay-1", first, 0)
        self._write("second writes", "pay-2", second, 0)
        self._write("first again", "pay-1", first, 1)
        self._write("second, not added", "pay-2", second, 0, 1)
        self._write("first, a gap", "pay-1", first, 7)
        self._write("first, before", "pay-1", first, 0)
        ask("open, committed", 1, 11, fetched("payments", committed=True))
        ask("open, all", 1, 11, fetched("payments"))
        ask("open, ends", 2, 7, listed("payments", -1, -1, committed=True))
        ask("producers", 61, 0, {"topics": [{"name": "payments", "partition_indexes": [0, 5]}]})
        self._end("first ends", "pay-1", first, False)
        ask("half open", 2, 7, listed("payments", -1, -1, committed=True))
        ask("half open, committed", 1, 11, fetched("payments", committed=True))
        self._end("second ends", "pay-2", second, True)
        answer = ask("closed, committed", 1, 11, fetched("payments", committed=True))
        stage.answers[-1] = ("closed, committed", [
            (p["aborted_transactions"] is not None, p["high_watermark"], p["last_stable_offset"])
            for t in answer["responses"] for p in t["partitions"]
        ])  # fmt: skip
        self._end("second ends otherwise", "pay-2", second, False)
        self._write("second without a begin", "pay-2", second, 1)
        self._next_life(first, second)

    def _next_life(self, first: tuple[int, int], second: tuple[int, int]) -> None:
        newer = self._begin("the first's next life", "pay-1")
        self._write("the first is fenced", "pay-1", first, 2)
        self._add("the first is fenced in adding", "pay-1", first, 0)
        self._end("the first is fenced in ending", "pay-1", first, True)
        self._add("the newer adds", "pay-1", newer, 1)
        self._write("the newer writes from 5", "pay-1", newer, 5, 1)
        self._write("the newer writes", "pay-1", newer, 0, 1)
        self._begin("the newer, with its own id", "pay-1", *newer)
        self._ask("states", 65, 0, {"transactional_ids": ["pay-1", "pay-2", "pay-3"]})
        for names in (["Ongoing"], ["Empty", "CompleteCommit"], ["Nonsense"], []):
            self._ask(f"list {names}", 66, 0, {"state_filters": names, "producer_id_filters": [newer[0], second[0]]})
        for version in (0, 1, 3):
            new = {"transactional_id": None, "transaction_timeout": 1, "producer_id": -1, "producer_epoch": -1}
            self._ask(f"idempotent v{version}", 22, version, new)


def play(stage: Stage) -> None:
    """All of the day."""
    stage.wait_for_coordinators()
    for part in (_events, _sessions, _cut):
        part(stage)
    _Payments(stage).both()


STEPS = 134
