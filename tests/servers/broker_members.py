"""Members of the new consumer group protocol (KIP-848) beside clients of the old one; written before it was compared.

The broker is started with `group.coordinator.rebalance.protocols=classic,consumer`.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, topic

# fmt: off  (a request a line: unfolded there would be four times as many)

MORE = {"group.coordinator.rebalance.protocols": "classic,consumer"}  # what the broker is started with


class _Members:
    """Members with names of their own, so that who gets what does not hang on chance."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._ask = stage, stage.ask
        self._ids: dict[str, uuid.UUID] = {}

    def named(self, *names: str) -> None:
        """Learns the ids of those topics."""
        asked = [{"name": name, "topic_id": None} for name in names]
        found = self._stage.quietly(3, 12, {"topics": asked, "allow_auto_topic_creation": False})
        self._ids |= {each["name"]: uuid.UUID(each["topic_id"]) for each in found["topics"]}

    def _owned(self, places: Any) -> Any:
        if places is None:
            return None
        return [{"topic_id": self._ids[name], "partitions": numbers} for name, numbers in places.items()]

    def beat(
        self,
        name: str,
        member: str,
        epoch: int,
        *,
        group: str = "new",
        topics: Any = None,
        owned: Any = None,
        **more: Any,
    ) -> Any:
        answer = self._ask(name, 68, 0, {
            "group_id": group, "member_id": member, "member_epoch": epoch, "instance_id": None, "rack_id": None, "rebalance_timeout": 5000 if epoch == 0 else -1,
            "subscribed_topic_names": topics, "server_assignor": None, "topic_partitions": self._owned(owned), **more})  # fmt: skip
        if isinstance(answer, dict) and answer.get("assignment"):
            for each in answer["assignment"]["topic_partitions"]:
                each["partitions"] = sorted(each["partitions"])
        return answer

    def described(self, name: str, *groups: str, **more: Any) -> None:
        answer = self._ask(
            f"described {name}",
            69,
            0,
            {"group_ids": list(groups) or ["new"], "include_authorized_operations": False, **more},
        )
        for group in answer["groups"] if isinstance(answer, dict) else ():
            group["members"].sort(key=lambda each: each["member_id"])
            for member in group["members"]:
                for which in ("assignment", "target_assignment"):
                    member[which]["topic_partitions"].sort(key=lambda each: each["topic_name"])
                    for each in member[which]["topic_partitions"]:
                        each["partitions"] = sorted(each["partitions"])

    def refused(self) -> None:
        """What may not be asked so."""
        beat = self.beat
        beat("of no group", "a", 0, group="", topics=["m"], owned={})
        beat("of a blank group", "a", 0, group=" ", topics=["m"], owned={})
        beat("without topics", "a", 0, owned={})
        beat("without a timeout", "a", 0, topics=["m"], owned={}, rebalance_timeout=-1)
        beat("with partitions", "a", 0, topics=["m"], owned={"m": [0]})
        beat("without partitions", "a", 0, topics=["m"])
        beat("of an empty instance", "a", 0, topics=["m"], owned={}, instance_id="")
        beat("of an empty rack", "a", 0, topics=["m"], owned={}, rack_id="")
        beat("with an unknown assignor", "a", 0, topics=["m"], owned={}, server_assignor="sticky")
        beat("of a far epoch", "a", 5)
        beat("of an epoch that is none", "a", -3)
        beat("leaving what is not", "a", -1)
        beat("leaving for a while without a name", "a", -2)
        beat("without a member", "", 3)
        self.described("of none", "new", "", "none")

    def live(self) -> None:
        """Two members, from the first to the end."""
        beat = self.beat
        beat("a joins", "a", 0, topics=["m"], owned={})
        self.described("one")
        beat("a again", "a", 1)
        beat("a again with what it has", "a", 1, owned={"m": [0, 1, 2, 3]})
        beat("a joins again", "a", 0, topics=["m"], owned={})
        beat("a of a later epoch", "a", 9, owned={"m": []})
        beat("a of an earlier epoch", "a", 0, topics=["m"], owned={})
        beat("b joins", "b", 0, topics=["m"], owned={})
        self.described("two")
        beat("a hears of it", "a", 1, owned={"m": [0, 1, 2, 3]})
        self.described("revoking")
        beat("b waits", "b", 2, owned={})
        beat("a still has them", "a", 1, owned={"m": [0, 1, 2, 3]})
        beat("a gave up", "a", 1, owned={"m": [0, 1]})
        beat("b gets", "b", 2, owned={})
        beat("b has", "b", 2, owned={"m": [2, 3]})
        self.described("stable")
        self._old_ones()
        beat("a wants more", "a", 2, topics=["m", "n", "none"])
        beat("a has more", "a", 3, owned={"m": [0, 1], "n": [0]})
        beat("b hears of it", "b", 2)
        beat("b by another assignor", "b", 3, server_assignor="range")
        self.described("ranged")
        beat("b leaves", "b", -1)
        beat("b is gone", "b", 3)
        beat("a gets all", "a", 3)
        self.described("one again")

    def _commit(
        self, name: str, version: int, epoch: int, member: str, *, group: str = "new", topic_name: str = "m"
    ) -> None:
        place = {"partition_index": 0, "committed_offset": 3, "committed_leader_epoch": -1, "committed_metadata": "n"}
        self._ask(f"commit {name}", 8, version, {"group_id": group, "generation_id_or_member_epoch": epoch, "member_id": member, "group_instance_id": None,
                                                 "topics": [{"name": topic_name, "partitions": [place]}]})  # fmt: skip

    def _old_ones(self) -> None:
        ask = self._ask
        for name, version, epoch, member in (("of a", 9, 2, "a"), ("of a, older", 9, 1, "a"), ("of a, newer", 9, 7, "a"), ("of nobody", 9, 2, "z"),
                                             ("by an older client", 8, 2, "a"), ("simple", 9, -1, ""), ("simple, older", 8, -1, "")):  # fmt: skip
            self._commit(name, version, epoch, member)
        for name, member, epoch in (
            ("a", "a", 2),
            ("a, older", "a", 1),
            ("nobody", "z", 2),
            ("none", None, -1),
            ("no epoch", "a", -1),
        ):
            ask(
                f"held {name}",
                9,
                9,
                {
                    "groups": [
                        {
                            "group_id": "new",
                            "member_id": member,
                            "member_epoch": epoch,
                            "topics": [{"name": "m", "partition_indexes": [0, 9]}],
                        }
                    ],
                    "require_stable": False,
                },
            )
        ask("held in the old way", 9, 7, {"group_id": "new", "topics": None, "require_stable": False})
        self._old_members()
        self._old_lists()

    def _old_members(self) -> None:
        ask = self._ask
        join = {
            "group_id": "new",
            "session_timeout": 10_000,
            "rebalance_timeout": 2000,
            "member_id": "",
            "group_instance_id": None,
            "protocol_type": "consumer",
            "reason": None,
        }
        ask("join in the old way", 11, 9, {**join, "protocols": [{"name": "range", "metadata": b"x"}]})
        ask(
            "join as another",
            11,
            9,
            {**join, "protocol_type": "connect", "protocols": [{"name": "range", "metadata": b""}]},
        )
        ask(
            "beat in the old way",
            12,
            4,
            {"group_id": "new", "generation_id": 2, "member_id": "a", "group_instance_id": None},
        )
        ask(
            "sync in the old way",
            14,
            5,
            {
                "group_id": "new",
                "generation_id": 2,
                "member_id": "a",
                "group_instance_id": None,
                "protocol_type": "consumer",
                "protocol_name": "range",
                "assignments": (),
            },
        )
        ask(
            "leave in the old way",
            13,
            5,
            {"group_id": "new", "members": [{"member_id": "z", "group_instance_id": None, "reason": None}]},
        )

    def _old_lists(self) -> None:
        ask = self._ask
        ask("described in the old way", 15, 5, {"groups": ["new", "none"], "include_authorized_operations": False})
        ask("deleted while they are there", 42, 2, {"groups_names": ["new"]})
        ask(
            "forget what they read",
            47,
            0,
            {
                "group_id": "new",
                "topics": [
                    {"name": "m", "partitions": [{"partition_index": 0}]},
                    {"name": "n", "partitions": [{"partition_index": 0}]},
                ],
            },
        )
        for states, types in (
            ((), ()),
            (("stable",), ("consumer",)),
            (("Reconciling", "Empty"), ()),
            ((), ("classic",)),
            ((), ("odd",)),
        ):
            ask(f"listed {states} {types}", 16, 5, {"states_filter": list(states), "types_filter": list(types)})
            self._stage.answers[-1][1]["groups"] = [
                each for each in self._stage.answers[-1][1]["groups"] if each["group_id"] != "warm"
            ]
        ask("listed in the old way", 16, 3, {})
        self._stage.answers[-1][1]["groups"] = [
            each for each in self._stage.answers[-1][1]["groups"] if each["group_id"] != "warm"
        ]

    def static(self) -> None:
        """Members with a name that stays."""
        beat = self.beat
        beat("static joins", "s1", 0, group="st", topics=["n"], owned={}, instance_id="one")
        beat("its double joins", "s2", 0, group="st", topics=["n"], owned={}, instance_id="one")
        beat("static with another name", "s1", 1, group="st", instance_id="two")
        beat("static without a name", "s1", 1, group="st")
        beat("static leaves for a while", "s1", -2, group="st", instance_id="one")
        self.described("away", "st")
        beat("its successor joins", "s2", 0, group="st", topics=["n"], owned={}, instance_id="one")
        beat("the older beats", "s1", 1, group="st", instance_id="one")
        beat("the older leaves", "s1", -1, group="st", instance_id="one")
        beat("the successor beats", "s2", 1, group="st", instance_id="one")
        beat("the successor leaves", "s2", -1, group="st", instance_id="one")
        self.described("empty", "st")

    def end(self) -> None:
        """The groups' last days, and what becomes of them."""
        beat, ask = self.beat, self._ask
        beat("a leaves", "a", -1)
        self._commit("after all have left", 9, -1, "")
        self._commit("after all have left, older", 8, -1, "")
        self._commit("of who has left", 9, 3, "a")
        ask(
            "held after all",
            9,
            9,
            {
                "groups": [{"group_id": "new", "member_id": None, "member_epoch": -1, "topics": None}],
                "require_stable": True,
            },
        )
        ask(
            "forgotten after all",
            47,
            0,
            {
                "group_id": "new",
                "topics": [{"name": "m", "partitions": [{"partition_index": 0}, {"partition_index": 9}]}],
            },
        )
        ask("deleted", 42, 2, {"groups_names": ["new", "none", "", "st"]})
        self.described("deleted")
        self._commit("simple", 8, -1, "", group="simple")
        self._commit("with a generation", 8, 4, "q", group="simpler")
        beat("joins where only offsets are", "a", 0, group="simple", topics=["m"], owned={})
        self.described("that had offsets", "simple")
        join = {"group_id": "old", "session_timeout": 10_000, "rebalance_timeout": 2000, "member_id": "", "group_instance_id": None, "protocol_type": "connect",
                "protocols": [{"name": "range", "metadata": b""}]}  # fmt: skip
        me = ask("old joins", 11, 3, join)
        beat("joins the old", "a", 0, group="old", topics=["m"], owned={})
        beat("beats in the old", "a", 2, group="old")
        self.described("of the old", "old")
        for name, fields in (
            ("without protocols", {"protocols": []}),
            ("of no type", {"protocol_type": ""}),
            ("too short", {"session_timeout": 1}),
            ("of no group", {"group_id": ""}),
            ("as nobody", {"member_id": "nobody"}),
        ):
            ask(f"old joins {name}", 11, 5, {**join, "reason": None, **fields})
        ask(
            "old syncs",
            14,
            1,
            {
                "group_id": "old",
                "generation_id": 1,
                "member_id": me["member_id"],
                "assignments": [{"member_id": me["member_id"], "assignment": b"x"}],
            },
        )
        ask("old is described", 15, 4, {"groups": ["old"], "include_authorized_operations": False})
        ask("old leaves", 13, 2, {"group_id": "old", "member_id": me["member_id"]})
        beat("joins the old that is empty", "a", 0, group="old", topics=["m"], owned={})
        ask("old is forgotten", 47, 0, {"group_id": "none", "topics": []})


STEPS = 106


def play(stage: Stage) -> None:
    """All of their lives."""
    stage.wait_for_coordinators()
    for name, count in (("m", 4), ("n", 1)):
        stage.quietly(19, 5, topic(name, count))
    time.sleep(SETTLING)
    members = _Members(stage)
    members.named("m", "n")
    members.refused()
    members.live()
    members.static()
    members.end()
