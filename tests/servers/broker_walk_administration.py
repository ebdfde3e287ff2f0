"""What a request of each API looks like that is in order, for `broker_walk`: what administrators ask, and the end of all."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from tests.servers import broker_walk
from tests.servers.broker_walk import Base
from tests.servers.broker_walk_bases import DATA, GROUPS, TOPIC, TRANSACTIONS
from tests.servers.kafka_wire import Request

_ACL = {
    "resource_type_filter": 2, "resource_name_filter": "x", "pattern_type_filter": 3, "principal_filter": "User:a",
    "host_filter": "*", "operation": 3, "permission_type": 3,
}  # fmt: skip
_TIMEOUT = ("timeout",)
_WHO = {"owner_principal_type": "User", "owner_principal_name": "a"}


def _one(**fields: Any) -> list[dict[str, Any]]:
    return [fields]


def _resource(kind: int, name: str, *configs: Any, **more: Any) -> list[dict[str, Any]]:
    return _one(resource_type=kind, resource_name=name, configs=list(configs), **more)


_CONFIG = {"name": "segment.ms", "config_operation": 0, "value": "100000"}
_QUOTA = {"key": "producer_byte_rate", "value": 1e9, "remove": False}

# fmt: off
ADMINISTRATION = (
    Base(32, (0, 4), {"resources": _resource(2, TOPIC, configuration_keys=["retention.ms", "cleanup.policy"]),
                      "include_synonyms": True, "include_documentation": False}),
    Base(32, (0, 4), {"resources": _resource(4, "1", configuration_keys=["log.retention.ms", "num.partitions"]),
                      "include_synonyms": True, "include_documentation": False}, name="broker's"),
    Base(44, (0, 1), {"resources": _resource(2, TOPIC, _CONFIG), "validate_only": False}),
    Base(44, (0, 1), {"resources": _resource(4, "1", {**_CONFIG, "name": "log.retention.ms"}), "validate_only": True}, name="broker's",
         kept=("validate_only",)),
    Base(44, (0, 1), {"resources": _resource(2, TOPIC, {"name": "cleanup.policy", "config_operation": 2, "value": "compact"}),
                      "validate_only": True}, name="a list's", kept=("validate_only",)),
    Base(33, (0, 2), {"resources": _resource(2, TOPIC, {"name": "segment.ms", "value": "100000"}), "validate_only": False}, alone=True),
    Base(33, (0, 2), {"resources": _resource(4, "1", {"name": "log.retention.ms", "value": "1000"}), "validate_only": True},
         name="broker's", kept=("validate_only",), alone=True),
    Base(34, (1, 2), {"dirs": _one(path="/nope", topics=_one(name=TOPIC, partitions=[0]))}),
    Base(35, (0, 4), {"topics": _one(topic=TOPIC, partitions=[0])}),
    Base(29, (1, 3), _ACL),
    Base(30, (1, 3), {"creations": _one(resource_type=2, resource_name="x", resource_pattern_type=3, principal="User:a",
                                        host="*", operation=3, permission_type=3)}),
    Base(31, (1, 3), {"filters": [_ACL]}),
    Base(38, (1, 3), {**_WHO, "renewers": _one(principal_type="User", principal_name="b"), "max_lifetime": 1000}),
    Base(39, (1, 2), {"hmac": b"x", "renew_period": 1000}),
    Base(40, (1, 2), {"hmac": b"x", "expiry_time_period": 1000}),
    Base(41, (1, 3), {"owners": _one(principal_type="User", principal_name="b")}),
    Base(43, (0, 2), {"election_type": 0, "topic_partitions": _one(topic=TOPIC, partitions=[0]), "timeout": 5000}, kept=_TIMEOUT),
    Base(45, (0, 0), {"timeout": 5000, "topics": _one(name=TOPIC, partitions=_one(partition_index=0, replicas=[1]))}, kept=_TIMEOUT),
    Base(46, (0, 0), {"timeout": 5000, "topics": _one(name=TOPIC, partition_indexes=[0])}, kept=_TIMEOUT),
    Base(48, (0, 1), {"components": _one(entity_type="client-id", match_type=0, match="c"), "strict": False}),
    Base(49, (0, 1), {"entries": _one(entity=_one(entity_type="client-id", entity_name="c"), ops=[_QUOTA]), "validate_only": True}),
    Base(49, (0, 1), {"entries": _one(entity=_one(entity_type="user", entity_name="u"), ops=[{**_QUOTA, "key": "request_percentage", "value": 1000.0}]),
                      "validate_only": False}, name="of a user", kept=("validate_only",)),
    Base(48, (0, 1), {"components": _one(entity_type="user", match_type=2, match=None), "strict": False}, name="of users"),
    Base(50, (0, 0), {"users": _one(name="bob")}),
    Base(51, (0, 0), {"deletions": (), "upsertions": _one(name="bob", mechanism=1, iterations=4096, salt=b"salt", salted_password=b"hash")}),
    Base(50, (0, 0), {"users": None}, name="all", walked=False),
    Base(51, (0, 0), {"deletions": _one(name="bob", mechanism=1), "upsertions": ()}, name="deleted"),
    Base(55, (0, 2), {"topics": _one(topic_name="__cluster_metadata", partitions=_one(partition_index=0))}, walked=False),
    Base(55, (0, 2), {"topics": _one(topic_name=TOPIC, partitions=_one(partition_index=0))}, name="of another"),
    Base(57, (0, 1), {"timeout": 5000, "feature_updates": _one(feature="metadata.version", max_version_level=21, upgrade_type=1,
                                                               allow_downgrade=False), "validate_only": True},
         kept=("timeout", "validate_only", "upgrade_type")),
    Base(60, (0, 1), {"include_cluster_authorized_operations": True, "endpoint_type": 1}),
    Base(64, (0, 0), {"broker_id": 9}, walked=False),
    Base(64, (0, 0), {"broker_id": -1}, name="of none", walked=False),
    Base(74, (0, 0), {}),
    Base(80, (0, 0), {"cluster_id": None, "timeout": 1000, "voter_id": 5, "voter_directory_id": uuid.UUID(int=5),
                      "listeners": _one(name="CONTROLLER", host="localhost", port=9999)}, kept=("timeout", "listeners")),
    Base(81, (0, 0), {"cluster_id": None, "voter_id": 5, "voter_directory_id": uuid.UUID(int=5)}),
    Base(17, (0, 1), {"mechanism": "PLAIN"}),
    Base(36, (0, 2), {"auth_bytes": b"x"}),
    Base(18, (0, 4), {"client_software_name": "walk", "client_software_version": "1.0"}),
    Base(20, (0, 6), {"topics": _one(name="wreal", topic_id=None), "timeout": 5000},
         {"topic_names": ["wreal"]}, kept=_TIMEOUT),
    Base(20, (0, 6), {"topics": _one(name=None, topic_id=uuid.UUID(int=66)), "timeout": 5000},
         {"topic_names": ["nope"]}, name="by id", kept=_TIMEOUT),
)
# fmt: on

_HIGHEST = {base.key: base.versions[1] for base in (*DATA, *GROUPS, *TRANSACTIONS, *ADMINISTRATION) if base.key != 18}


def requests() -> Iterator[Request]:
    """The whole walk."""
    yield from broker_walk.beyond(_HIGHEST)
    for bases in (DATA, GROUPS, TRANSACTIONS, ADMINISTRATION):
        yield from broker_walk.requests(bases)
