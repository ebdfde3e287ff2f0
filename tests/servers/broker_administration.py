"""Requests of a cluster's administrators to a broker: elections, moves, folders, access, features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.servers.kafka_wire import Request


def requests() -> Iterator[Request]:
    """In their order."""

    def elect(kind: int, *topics: Any) -> dict[str, Any]:
        named = [{"topic": topic, "partitions": numbers} for topic, numbers in topics]
        return {"election_type": kind, "topic_partitions": named, "timeout": 5000}

    def move(topic: str, number: int, replicas: Any) -> dict[str, Any]:
        partition = {"partition_index": number, "replicas": replicas}
        return {"timeout": 5000, "topics": [{"name": topic, "partitions": [partition]}]}

    yield Request("administration", "elect", 43, 2, elect(0, ("as", [0]), ("nope", [0])))
    yield Request("administration", "elect unclean", 43, 2, elect(1, ("as", [0, 9])))
    for name, fields in {"here": move("as", 0, [1]), "elsewhere": move("as", 0, [7]), "cancel": move("as", 1, None),
                         "nowhere": move("as", 0, []), "no partition": move("as", 8, [1]),
                         "no topic": move("nope", 0, [1])}.items():  # fmt: skip
        yield Request("administration", f"reassign {name}", 45, 0, fields)
    yield Request("administration", "reassignments", 46, 0, {"timeout": 5000, "topics": None})
    yield Request("administration", "reassignments of one", 46, 0,
                  {"timeout": 5000, "topics": [{"name": "as", "partition_indexes": [0]}]})  # fmt: skip
    yield Request("administration", "quorum of another", 55, 2,
                  {"topics": [{"topic_name": "as", "partitions": [{"partition_index": 0}]}]})  # fmt: skip
    for version in (1, 2, 4):
        yield Request(
            "administration", f"log dirs {version}", 35, version, {"topics": [{"topic": "as", "partitions": [0]}]}
        )
    yield Request("administration", "log dirs of none", 35, 4, {"topics": [{"topic": "nope", "partitions": [0]}]})
    yield Request("administration", "move a replica", 34, 2,
                  {"dirs": [{"path": "/nope", "topics": [{"name": "as", "partitions": [0]}]}]})  # fmt: skip
    acl = {
        "resource_name_filter": None,
        "principal_filter": None,
        "host_filter": None,
        "operation": 1,
        "permission_type": 1,
    }
    yield Request("administration", "acls", 29, 3, {"resource_type_filter": 1, "pattern_type_filter": 1, **acl})
    new = {"resource_type": 2, "resource_name": "x", "resource_pattern_type": 3, "principal": "User:a", "host": "*",
           "operation": 3, "permission_type": 3}  # fmt: skip
    yield Request("administration", "create acls", 30, 3, {"creations": [new]})
    filtered = {"resource_type_filter": 2, "pattern_type_filter": 3, **acl, "resource_name_filter": "x"}
    yield Request("administration", "delete acls", 31, 3, {"filters": [filtered]})
    yield Request("administration", "tokens", 41, 3, {"owners": None})
    yield Request("administration", "quotas", 48, 1,
                  {"components": [{"entity_type": "client-id", "match_type": 2, "match": None}], "strict": False})  # fmt: skip
    yield Request("administration", "scram", 50, 0, {"users": None})
    yield Request("administration", "scram of one", 50, 0, {"users": [{"name": "bob"}]})
    yield Request(
        "administration", "delete scram", 51, 0, {"deletions": [{"name": "bob", "mechanism": 1}], "upsertions": ()}
    )
    yield Request("administration", "sasl", 17, 1, {"mechanism": "PLAIN"})
    yield Request("administration", "authenticate", 36, 2, {"auth_bytes": b"x"})
    yield Request("administration", "client metrics", 74, 0, {})
    yield Request("administration", "unregister", 64, 0, {"broker_id": 9})
    update = {"feature": "nope", "max_version_level": 3, "upgrade_type": 1}
    yield Request(
        "administration", "features", 57, 1, {"timeout": 5000, "feature_updates": [update], "validate_only": True}
    )
