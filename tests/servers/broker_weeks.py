"""A week of two consumers, of an operator and of programs that were never renewed; written before it was compared."""

from __future__ import annotations

import time
from typing import Any

from tests.servers.broker_plays import SETTLING, Stage, fetched, listed, produced, records, topic

_RANGE, _ROBIN = {"name": "range", "metadata": b"r"}, {"name": "roundrobin", "metadata": b"o"}


def _join(group: str, member: str = "", *protocols: dict[str, Any], instance: str | None = None) -> dict[str, Any]:
    return {"group_id": group, "session_timeout": 30_000, "rebalance_timeout": 2000, "member_id": member, "reason": None,
            "group_instance_id": instance, "protocol_type": "consumer", "protocols": list(protocols) or [_RANGE]}  # fmt: skip


def _sync(group: str, member: str, generation: int, *assigned: str, instance: str | None = None) -> dict[str, Any]:
    return {"group_id": group, "generation_id": generation, "member_id": member, "group_instance_id": instance,
            "protocol_type": "consumer", "protocol_name": "range",
            "assignments": [{"member_id": each, "assignment": str(n).encode()} for n, each in enumerate(assigned)]}  # fmt: skip


def _committed(
    group: str, member: str, generation: int, *places: tuple[str, int, int], instance: str | None = None
) -> dict[str, Any]:
    topics: dict[str, list[dict[str, Any]]] = {}
    for name, number, offset in places:
        topics.setdefault(name, []).append({"partition_index": number, "committed_offset": offset,
                                            "committed_leader_epoch": -1, "committed_metadata": "w"})  # fmt: skip
    return {"group_id": group, "generation_id_or_member_epoch": generation, "member_id": member, "group_instance_id": instance,
            "retention_time": -1, "topics": [{"name": name, "partitions": each} for name, each in topics.items()]}  # fmt: skip


class _Consumers:
    """Two members of one group, from their joining to its end."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._ask = stage, stage.ask

    def _beat(self, name: str, member: str, generation: int, by: str = "wire", instance: str | None = None) -> None:
        asked = {"group_id": "shop", "generation_id": generation, "member_id": member, "group_instance_id": instance}
        self._ask(f"beat {name}", 12, 3, asked, by=by)

    def _described(self, name: str, group: str = "shop") -> None:
        answer = self._ask(f"describe {name}", 15, 4, {"groups": [group], "include_authorized_operations": False})
        for each in answer["groups"]:
            each["members"] = sorted(
                (m["client_id"], m["member_metadata"], m["member_assignment"]) for m in each["members"]
            )

    def together(self) -> None:
        """They join, rebalance, commit and leave."""
        stage, ask = self._stage, self._ask
        ann = ask("ann joins", 11, 5, _join("shop", "", _RANGE, _ROBIN), by="ann")["member_id"]
        ask("ann joins with her id", 11, 5, _join("shop", ann, _RANGE, _ROBIN), by="ann")
        ask("ann leads", 14, 5, _sync("shop", ann, 1, ann), by="ann")
        self._described("one")
        bob = ask("bob joins", 11, 5, _join("shop", "", _ROBIN, _RANGE), by="bob")["member_id"]
        self._beat("before bob is in", ann, 1, "ann")
        ask("bob of another kind", 11, 5, {**_join("shop", bob), "protocol_type": "connect"}, by="bob")
        ask("bob with a strange protocol", 11, 5, _join("shop", bob, {"name": "sticky", "metadata": b""}), by="bob")
        stage.together(("bob", "bob joins with his id", 11, 5, _join("shop", bob, _ROBIN, _RANGE)),
                       ("ann", "ann joins again", 11, 5, _join("shop", ann, _RANGE, _ROBIN)))  # fmt: skip
        self._beat("of the old generation", ann, 1, "ann")
        ask("commit of the old generation", 8, 6, _committed("shop", ann, 1, ("week", 0, 1)), by="ann")
        ask("commit before the sync", 8, 6, _committed("shop", ann, 2, ("week", 0, 1)), by="ann")
        stage.together(("bob", "bob syncs", 14, 5, _sync("shop", bob, 2)), ("ann", "ann syncs", 14, 5, _sync("shop", ann, 2, ann, bob)))  # fmt: skip
        self._described("two")
        for name, member, generation in (
            ("ann", ann, 2),
            ("bob", bob, 2),
            ("bob of the next", bob, 3),
            ("nobody", "x", 2),
        ):
            self._beat(name, member, generation)
            ask(
                f"commit of {name}",
                8,
                7,
                _committed("shop", member, generation, ("week", 0, 4), ("week", 1, 5), ("gone", 0, 1)),
            )
        ask(
            "held",
            9,
            7,
            {"group_id": "shop", "topics": [{"name": "week", "partition_indexes": [0, 1, 2]}], "require_stable": True},
        )
        ask("held of all", 9, 7, {"group_id": "shop", "topics": None, "require_stable": False})
        ask(
            "bob leaves",
            13,
            4,
            {"group_id": "shop", "members": [{"member_id": bob, "group_instance_id": None}]},
            by="bob",
        )
        self._beat("after bob left", ann, 2, "ann")
        self._described("preparing")
        ask("delete while ann is there", 42, 1, {"groups_names": ["shop", "none"]})
        ask("ann joins for the last time", 11, 5, _join("shop", ann, _RANGE), by="ann")
        ask("ann syncs for the last time", 14, 5, _sync("shop", ann, 3, ann), by="ann")
        ask("ann and nobody leave", 13, 4, {"group_id": "shop", "members": [{"member_id": ann, "group_instance_id": None}, {"member_id": "x", "group_instance_id": None}]})  # fmt: skip
        self._described("empty")
        ask("simple commit", 8, 7, _committed("shop", "", -1, ("week", 2, 9)))
        ask("list the empty", 16, 4, {"states_filter": ["Empty"]})
        ask("forget one", 47, 0, {"group_id": "shop", "topics": [{"name": "week", "partitions": [{"partition_index": 0}, {"partition_index": 8}]}]})  # fmt: skip
        ask("held after", 9, 5, {"group_id": "shop", "topics": None})
        ask("delete", 42, 1, {"groups_names": ["shop", "none"]})
        self._described("deleted")

    def static(self) -> None:
        """A static member and its successor."""
        ask = self._ask
        first = ask("static joins", 11, 5, _join("till", "", instance="till-1"))
        ask(
            "static syncs",
            14,
            5,
            _sync("till", first["member_id"], first["generation_id"], first["member_id"], instance="till-1"),
        )
        second = ask("its successor joins", 11, 5, _join("till", "", instance="till-1"))
        for name, member in (
            ("the older", first["member_id"]),
            ("the newer", second["member_id"]),
            ("a stranger", "zz"),
        ):
            asked = {
                "group_id": "till",
                "generation_id": second["generation_id"],
                "member_id": member,
                "group_instance_id": "till-1",
            }
            ask(f"{name} beats", 12, 3, asked)
            ask(
                f"{name} commits",
                8,
                7,
                _committed("till", member, second["generation_id"], ("week", 0, 2), instance="till-1"),
            )
        ask("another instance beats", 12, 3, {"group_id": "till", "generation_id": 1, "member_id": second["member_id"], "group_instance_id": "till-2"})  # fmt: skip
        ask("it syncs", 14, 5, _sync("till", second["member_id"], second["generation_id"], instance="till-1"))
        ask(
            "the older leaves",
            13,
            4,
            {"group_id": "till", "members": [{"member_id": first["member_id"], "group_instance_id": "till-1"}]},
        )
        ask(
            "the instance leaves",
            13,
            4,
            {"group_id": "till", "members": [{"member_id": "", "group_instance_id": "till-1"}]},
        )
        ask(
            "it leaves again",
            13,
            4,
            {"group_id": "till", "members": [{"member_id": "", "group_instance_id": "till-1"}]},
        )


def _operator(stage: Stage) -> None:
    ask = stage.ask
    rate = {"key": "consumer_byte_rate", "value": 5e8, "remove": False}

    def quota(entity: dict[str, str | None], *ops: dict[str, Any]) -> dict[str, Any]:
        parts = [{"entity_type": kind, "entity_name": name} for kind, name in entity.items()]
        return {"entries": [{"entity": parts, "ops": list(ops)}], "validate_only": False}

    for name, fields in {
        "of a client": quota({"client-id": "app"}, rate), "of all clients": quota({"client-id": None}, rate, {**rate, "key": "producer_byte_rate"}),
        "of both": quota({"user": "u", "client-id": "app"}, rate), "of an address": quota({"ip": "10.0.0.1"}, {**rate, "key": "connection_creation_rate", "value": 9.0}),
        "of a name": quota({"ip": "no such host"}, {**rate, "key": "connection_creation_rate", "value": 9.0}), "wrong key": quota({"user": "u"}, {**rate, "key": "bytes"}),
        "mutations": quota({"user": "u"}, {**rate, "key": "controller_mutation_rate", "value": 7.5}), "removed, never set": quota({"user": "w"}, {**rate, "remove": True}),
        "a percentage": quota({"user": "u"}, {**rate, "key": "request_percentage", "value": 55.5}),
    }.items():  # fmt: skip
        ask(f"quota {name}", 49, 1, fields)
    time.sleep(SETTLING)
    _read_quotas(stage)
    _credentials(stage)
    _repairs(stage)


def _read_quotas(stage: Stage) -> None:
    ask = stage.ask
    for components, strict in (
        ((("client-id", 0, "app"),), False), ((("client-id", 0, "app"),), True), ((("client-id", 1, None),), True), ((("user", 2, None),), False),
        ((("ip", 2, None),), True), ((), False), ((), True), ((("user", 0, "u"), ("client-id", 2, None)), True), ((("ip", 0, "10.0.0.1"), ("user", 2, None)), False),
    ):  # fmt: skip
        asked = [{"entity_type": kind, "match_type": how, "match": match} for kind, how, match in components]
        ask(f"quotas {components} {strict}", 48, 0, {"components": asked, "strict": strict})


def _credentials(stage: Stage) -> None:
    ask = stage.ask
    scram = {"name": "eve", "mechanism": 2, "iterations": 8192, "salt": b"s" * 16, "salted_password": b"p" * 64}
    ask("scram", 51, 0, {"deletions": (), "upsertions": [scram, {**scram, "name": "joe", "mechanism": 1}]})
    ask("scram, both ways", 51, 0, {"deletions": [{"name": "eve", "mechanism": 1}], "upsertions": [scram]})
    time.sleep(SETTLING)
    ask("scram users", 50, 0, {"users": [{"name": "eve"}, {"name": "joe"}, {"name": "ann"}]})
    ask(
        "scram deleted",
        51,
        0,
        {"deletions": [{"name": "eve", "mechanism": 2}, {"name": "joe", "mechanism": 2}], "upsertions": ()},
    )
    time.sleep(SETTLING)
    ask("scram users after", 50, 0, {"users": None})


def _repairs(stage: Stage) -> None:
    ask = stage.ask
    marker = {"producer_id": 4242, "producer_epoch": 1, "transaction_result": False, "coordinator_epoch": 3, "topics": [{"name": "week", "partition_indexes": [0, 9]}]}  # fmt: skip
    ask("marker", 27, 1, {"markers": [marker]})
    ask("marker of an older epoch", 27, 1, {"markers": [{**marker, "producer_epoch": 0}]})
    ask("marker of an older coordinator", 27, 1, {"markers": [{**marker, "coordinator_epoch": 2}]})
    ask("producers after it", 61, 0, {"topics": [{"name": "week", "partition_indexes": [0]}]})
    ask("committed end", 2, 6, listed("week", -1, committed=True))
    ask(
        "add a voter",
        80,
        0,
        {"cluster_id": None, "timeout": 100, "voter_id": 3, "voter_directory_id": None, "listeners": []},
    )
    ask(
        "grow",
        37,
        1,
        {"topics": [{"name": "week", "count": 5, "assignments": None}], "timeout": 3000, "validate_only": False},
    )
    time.sleep(SETTLING)
    ask("ends of five", 2, 6, listed("week", -1, -1, -1, -1, -1, -1))
    for kind in (0, 1, 2):
        ask(
            f"elect {kind}",
            43,
            1,
            {"election_type": kind, "topic_partitions": [{"topic": "week", "partitions": [0, 7]}], "timeout": 3000},
        )


def _old_programs(stage: Stage) -> None:
    ask = stage.ask
    for version in (0, 1):
        made = topic(f"old{version}", 1, retention_ms="5000")
        ask(f"make {version}", 19, version, made)
        ask(f"make again {version}", 19, version, made)
    time.sleep(SETTLING)
    for version in (0, 2, 3, 6):
        ask(
            f"metadata {version}",
            3,
            version,
            {"topics": [{"name": "week"}, {"name": "old0"}, {"name": "w/r"}], "allow_auto_topic_creation": False},
        )
    for version in (3, 4, 5, 7):
        ask(f"produce {version}", 0, version, produced("old0", records((None, b"v"), at=int(time.time()) * 1000)))
    for version in (4, 5, 7, 10):
        answer = ask(f"fetch {version}", 1, version, fetched("old0", 1))
        for each in answer["responses"]:
            each["partitions"] = [(p["error_code"], p["high_watermark"], len(p["records"])) for p in each["partitions"]]
    for version in (0, 1, 2):
        ask(f"coordinator {version}", 10, version, {"key": "old", "key_type": 0})
        ask(f"heartbeat {version}", 12, version, {"group_id": "old", "generation_id": 0, "member_id": "m"})
        ask(f"leave {version}", 13, version, {"group_id": "old", "member_id": "m"})
        ask(f"commit {version}", 8, version + 2, _committed("old", "", -1, ("old0", 0, 3), ("none", 0, 1)))
        ask(
            f"held {version}",
            9,
            version + 1,
            {"group_id": "old", "topics": [{"name": "old0", "partition_indexes": [0, 5]}]},
        )
        ask(f"delete {version}", 20, version, {"topic_names": [f"old{version}", "never"], "timeout": 3000})
        ask(f"settings {version}", 32, version, {"resources": [{"resource_type": 2, "resource_name": "week", "configuration_keys": ["retention.ms", "segment.bytes"]}], "include_synonyms": True})  # fmt: skip
        member = ask(f"join {version}", 11, version, {**_join(f"o{version}"), "session_timeout": 10_000})
        ask(
            f"sync {version}",
            14,
            version,
            _sync(f"o{version}", member["member_id"], member["generation_id"], member["member_id"]),
        )
        ask(
            f"beat {version}",
            12,
            version,
            {"group_id": f"o{version}", "generation_id": member["generation_id"], "member_id": member["member_id"]},
        )
        ask(f"describe {version}", 15, version, {"groups": [f"o{version}"]})
        ask(f"dirs {version}", 35, version, {"topics": [{"topic": "week", "partitions": [0, 9]}]})
        ask(f"producer {version}", 22, version, {"transactional_id": "old-tx", "transaction_timeout": 10_000})


STEPS = 143


def play(stage: Stage) -> None:
    """All of the week."""
    stage.wait_for_coordinators()
    stage.quietly(19, 5, topic("week", 3))
    time.sleep(SETTLING)
    consumers = _Consumers(stage)
    consumers.together()
    consumers.static()
    _operator(stage)
    _old_programs(stage)
