"""Handlers of the APIs of a cluster's administration, answered as a single node without an authorizer does."""

from __future__ import annotations

import shutil
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import NODE_ID, Broker
from clickstream_embedded.broker.errors import KafkaApiError, Malformed, is_late
from clickstream_embedded.broker.merging import merged
from clickstream_embedded.broker.quota_store import ANONYMOUS
from clickstream_embedded.broker.topic_configs import LONGEST_NAME
from clickstream_embedded.broker.topics_api import CLUSTER_OPERATIONS, check_assignment

_BROKERS, _CONTROLLERS = 1, 2  # endpoint types
_NOT_ASKED = -(2**31)
_METADATA = "__cluster_metadata"
_NO_AUTHORIZER = "No Authorizer is configured"


async def describe_cluster(broker: Broker, request: Any) -> dict[str, Any]:
    kind = getattr(request, "endpoint_type", _BROKERS)
    if kind not in (_BROKERS, _CONTROLLERS):
        return {
            "error_code": ErrorCode.unsupported_endpoint_type, "endpoint_type": _BROKERS, "cluster_id": "",
            "error_message": f"Unsupported endpoint type {kind}", "controller_id": -1, "brokers": (),
            "cluster_authorized_operations": _NOT_ASKED,
        }  # fmt: skip
    if kind == _CONTROLLERS:
        return {
            "error_code": ErrorCode.mismatched_endpoint_type, "endpoint_type": _BROKERS, "cluster_id": "",
            "error_message": "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type "
            "CONTROLLER", "controller_id": -1, "brokers": (), "cluster_authorized_operations": _NOT_ASKED,
        }  # fmt: skip
    asked = getattr(request, "include_cluster_authorized_operations", False)
    return {
        "cluster_id": broker.cluster_id,
        "controller_id": NODE_ID,
        "brokers": [{"broker_id": NODE_ID, "host": broker.host, "port": broker.port}],
        "endpoint_type": _BROKERS,
        "cluster_authorized_operations": CLUSTER_OPERATIONS if asked else _NOT_ASKED,
    }


async def describe_quorum(broker: Broker, request: Any) -> dict[str, Any]:
    """DescribeQuorum (KIP-595): this node is the only voter and always caught up."""

    def answer(name: str, number: int) -> dict[str, Any]:
        if name != _METADATA or number != 0:
            return {
                "partition_index": number, "error_code": ErrorCode.unknown_topic_or_partition,
                "error_message": "This server does not host this topic-partition.", "leader_id": 0,
                "leader_epoch": 0, "high_watermark": 0, "current_voters": (), "observers": (),
            }  # fmt: skip
        now = broker.clock()
        voter = {"replica_id": NODE_ID, "log_end_offset": 0, "last_fetch_timestamp": now,
                 "last_caught_up_timestamp": now}  # fmt: skip
        return {"partition_index": 0, "error_code": 0, "error_message": "", "leader_id": NODE_ID, "leader_epoch": 0,
                "high_watermark": 0, "current_voters": [voter], "observers": ()}  # fmt: skip

    topics = [
        {"topic_name": topic.topic_name,
         "partitions": [answer(topic.topic_name, each.partition_index) for each in topic.partitions]}
        for topic in request.topics
    ]  # fmt: skip
    known = any(each["error_code"] == 0 for topic in topics for each in topic["partitions"])
    listener = {"name": "CONTROLLER", "host": broker.host, "port": broker.port}
    return {"error_code": 0, "error_message": "", "topics": topics,
            "nodes": [{"node_id": NODE_ID, "listeners": [listener]}] if known else ()}  # fmt: skip


_ELECTIONS = (0, 1)  # preferred, unclean


async def elect_leaders(broker: Broker, request: Any) -> dict[str, Any]:
    """ElectLeaders: every partition has the leader that it can have."""
    known, late = getattr(request, "election_type", 0) in _ELECTIONS, is_late(request)
    if request.topic_partitions is None and late:
        return {"error_code": ErrorCode.request_timed_out, "replica_election_results": ()}
    if request.topic_partitions is None:
        return {"error_code": 0,
                "replica_election_results": [{"topic": t.name, "partition_result": ()} for t in broker.topics]}  # fmt: skip

    def answer(name: str, number: int) -> dict[str, Any]:
        if late:
            code, why = ErrorCode.request_timed_out, None
        elif not known:
            code, why = ErrorCode.invalid_request, f"Unknown election type {request.election_type}"
        elif broker.topics.get(name) is None:
            code, why = ErrorCode.unknown_topic_or_partition, f"No such topic as {name}"
        elif broker.topics.partition(name, number) is None:
            code, why = ErrorCode.unknown_topic_or_partition, f"No such partition as {name}-{number}"
        else:
            code, why = ErrorCode.election_not_needed, "Leader election not needed for topic partition."
        return {"partition_id": number, "error_code": code, "error_message": why}

    if late:
        code = ErrorCode.request_timed_out
    else:
        code = ErrorCode.none if known else ErrorCode.invalid_request
    return {
        "error_code": code,
        "replica_election_results": [
            {"topic": each.topic, "partition_result": [answer(each.topic, number) for number in each.partitions]}
            for each in request.topic_partitions
        ],
    }


async def alter_reassignments(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterPartitionReassignments (KIP-455): to this node only, where each partition is already."""
    late = is_late(request)
    if not request.topics:
        return {"error_code": ErrorCode.none, "error_message": "", "responses": ()}

    def answer(name: str, each: Any) -> dict[str, Any]:
        topic = broker.topics.get(name)
        try:
            if late:
                raise KafkaApiError(ErrorCode.request_timed_out)
            if topic is None:
                raise KafkaApiError(ErrorCode.unknown_topic_or_partition, f"Unable to find a topic named {name}.")
            if broker.topics.partition(name, each.partition_index) is None:
                raise KafkaApiError(
                    ErrorCode.unknown_topic_or_partition, f"Unable to find partition {name}:{each.partition_index}."
                )
            if each.replicas is None:
                raise KafkaApiError(ErrorCode.no_reassignment_in_progress)
            check_assignment(each.replicas)
        except KafkaApiError as error:
            return {"partition_index": each.partition_index, "error_code": error.code,
                    "error_message": error.message or None}  # fmt: skip
        return {"partition_index": each.partition_index, "error_code": 0, "error_message": None}

    return {
        "error_code": ErrorCode.request_timed_out if late else ErrorCode.none, "error_message": None,
        "responses": [
            {"name": topic.name, "partitions": [answer(topic.name, each) for each in topic.partitions]}
            for topic in request.topics
        ],
    }  # fmt: skip


async def list_reassignments(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": 0, "error_message": None, "topics": ()}


async def describe_log_dirs(broker: Broker, request: Any) -> dict[str, Any]:
    wanted: dict[str, set[int]] | None = None
    for each in request.topics if request.topics is not None else ():
        wanted = {} if wanted is None else wanted
        wanted.setdefault(each.topic, set()).update(each.partitions)
    wanted = {} if wanted is None and request.topics is not None else wanted
    topics = [
        {
            "name": topic.name,
            "partitions": [
                {"partition_index": number, "partition_size": partition.log.size, "offset_lag": 0}
                for number, partition in enumerate(topic.partitions)
                if wanted is None or number in wanted[topic.name]
            ],
        }
        for topic in broker.topics
        if wanted is None or any(number in wanted.get(topic.name, ()) for number in range(len(topic.partitions)))
    ]
    space = shutil.disk_usage(broker.folder)
    result = {"error_code": 0, "log_dir": str(broker.folder / "topics"), "topics": topics,
              "total_bytes": space.total, "usable_bytes": space.free}  # fmt: skip
    return {"error_code": 0, "results": [result]}


async def alter_log_dirs(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterReplicaLogDirs: there is one folder, where all is already; the folder is looked at before the partition."""
    here = str(broker.folder / "topics")

    def moved(path: str, name: str, number: int) -> ErrorCode:
        if len(name) > LONGEST_NAME:
            return ErrorCode.invalid_topic_exception
        if path != here:
            return ErrorCode.log_dir_not_found
        found = broker.topics.partition(name, number)
        return ErrorCode.none if found else ErrorCode.unknown_topic_or_partition

    topics: dict[str, dict[int, ErrorCode]] = {}
    for folder in request.dirs:
        for name, numbers in merged(folder.topics, number="").items():
            topics.setdefault(name, {}).update({number: moved(folder.path, name, number) for number in numbers})
    return {
        "results": [
            {"topic_name": name, "partitions": [
                {"partition_index": number, "error_code": code} for number, code in found.items()
            ]}
            for name, found in topics.items()
        ]
    }  # fmt: skip


_FEATURES = {"metadata.version": (1, 21), "kraft.version": (0, 1)}
_OLDEST = 4  # of the metadata's versions that may be set: 3.3-IV0
_LOSSLESS = 18  # down to this version of the metadata, 3.7-IV3, nothing that it holds is lost
_UPGRADE, _SAFE, _UNSAFE = 1, 2, 3


def _feature_refused(name: str, level: int, how: int, *, dry: bool) -> str:
    """Why a level of a feature is refused; "" where it is the one that there is, or is only looked at."""
    start = f"Invalid update version {level} for feature {name}. "
    low, high = _FEATURES.get(name, (0, 0))
    if how not in (_UPGRADE, _SAFE, _UNSAFE):
        return f"{start}The controller does not support the given upgrade type."
    if level < 0:
        return f"{start}A feature version cannot be less than 0."
    if name not in _FEATURES and level:
        return f"{start}Local controller {NODE_ID} does not support this feature."
    if not low <= level <= high:
        return f"{start}Local controller {NODE_ID} only supports versions {low}-{high}"
    if name != "metadata.version":
        return "" if level == 0 or dry else f"{start}Local controller {NODE_ID} can not be changed."
    if how == _UPGRADE and level < high:
        return (
            f"{start}Can't downgrade the version of this feature without setting the upgrade type to either safe or "
            "unsafe downgrade."
        )
    if level < _OLDEST:
        return f"Invalid metadata.version {level}. Unable to set a metadata.version less than 3.3-IV0"
    if level < _LOSSLESS:
        why = "Unsafe metadata downgrade is not supported in this version."
        if how == _SAFE:
            why = "Refusing to perform the requested downgrade because it might delete metadata information."
        return f"Invalid metadata.version {level}. {why}"
    return "" if level == high or dry else f"{start}Local controller {NODE_ID} can not be changed."


async def update_features(broker: Broker, request: Any) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    for each in {each.feature: each for each in request.feature_updates}.values():
        how, dry = getattr(each, "upgrade_type", _UPGRADE), getattr(request, "validate_only", False)
        why = _feature_refused(each.feature, each.max_version_level, how, dry=dry)
        code = ErrorCode.invalid_update_version if why else ErrorCode.none
        results.append({"feature": each.feature, "error_code": code, "error_message": why or None})
    return {"error_code": 0, "error_message": "", "results": results}


async def unregister_broker(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.broker_id_not_registered, "error_message": ""}


async def list_client_metrics(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": 0, "config_resources": [{"resource_name": name} for name in broker.client_metrics.names()]}


# -- what needs an authorizer or SASL, none of which there are here -------------------------------------


def _check_acl(*kinds: int) -> None:
    """Raises Malformed: 0 is what Kafka's own classes have for what they do not know, and they refuse to send it on."""
    if 0 in kinds:
        raise Malformed("an ACL of an unknown resource, pattern, operation or permission")


def _check_filter(each: Any) -> None:
    _check_acl(each.resource_type_filter, each.pattern_type_filter, each.operation, each.permission_type)


async def describe_acls(broker: Broker, request: Any) -> dict[str, Any]:
    _check_filter(request)
    return {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER} on the broker"}


async def create_acls(broker: Broker, request: Any) -> dict[str, Any]:
    for each in request.creations:
        _check_acl(each.resource_type, each.resource_pattern_type, each.operation, each.permission_type)
    refused = {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER}."}
    return {"results": [refused for _ in request.creations]}


async def delete_acls(broker: Broker, request: Any) -> dict[str, Any]:
    for each in request.filters:
        _check_filter(each)
    refused = {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER}.", "matching_acls": ()}
    return {"filter_results": [refused for _ in request.filters]}


async def sasl_handshake(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.illegal_sasl_state, "mechanisms": ()}


async def sasl_authenticate(broker: Broker, request: Any) -> dict[str, Any]:
    return {
        "error_code": ErrorCode.illegal_sasl_state, "auth_bytes": b"",
        "error_message": "SaslAuthenticate request received after successful authentication",
    }  # fmt: skip


async def describe_tokens(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.delegation_token_request_not_allowed, "tokens": ()}


async def create_token(broker: Broker, request: Any) -> dict[str, Any]:
    """CreateDelegationToken: refused, with whose it would have been (KIP-373)."""
    anonymous = {"principal_type": "User", "principal_name": ANONYMOUS}
    asking = {"token_requester_principal_type": "User", "token_requester_principal_name": ANONYMOUS}
    kind, name = getattr(request, "owner_principal_type", None), getattr(request, "owner_principal_name", None)
    answer = {**await token_refused(broker, request), **anonymous, **asking}
    if name and kind is None:  # Kafka's own principal throws
        return {**answer, "error_code": ErrorCode.unknown_server_error}
    return {**answer, "principal_type": kind, "principal_name": name} if name else answer


async def token_refused(broker: Broker, request: Any) -> dict[str, Any]:
    """Delegation tokens are given over authenticated connections only (KIP-48)."""
    return {"error_code": ErrorCode.delegation_token_request_not_allowed, "hmac": b"", "token_id": "",
            "issue_timestamp": -1, "expiry_timestamp": -1, "max_timestamp": -1}  # fmt: skip
