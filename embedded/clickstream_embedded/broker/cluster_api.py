"""Handlers of the APIs of a cluster's administration, answered as a single node without an authorizer does."""

from __future__ import annotations

import shutil
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import NODE_ID, Broker
from clickstream_embedded.broker.errors import KafkaApiError, Malformed
from clickstream_embedded.broker.topics_api import CLUSTER_OPERATIONS, check_assignment

_BROKERS, _CONTROLLERS = 1, 2  # endpoint types
_NOT_ASKED = -(2**31)
_METADATA = "__cluster_metadata"
_NO_AUTHORIZER = "No Authorizer is configured"


async def describe_cluster(broker: Broker, request: Any) -> dict[str, Any]:
    if getattr(request, "endpoint_type", _BROKERS) == _CONTROLLERS:
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
    known = any(topic["topic_name"] == _METADATA for topic in topics)
    listener = {"name": "CONTROLLER", "host": broker.host, "port": broker.port}
    return {"error_code": 0, "error_message": "", "topics": topics,
            "nodes": [{"node_id": NODE_ID, "listeners": [listener]}] if known else ()}  # fmt: skip


_ELECTIONS = (0, 1)  # preferred, unclean


async def elect_leaders(broker: Broker, request: Any) -> dict[str, Any]:
    """ElectLeaders: every partition has the leader that it can have."""
    known = getattr(request, "election_type", 0) in _ELECTIONS
    if request.topic_partitions is None:
        return {"error_code": 0,
                "replica_election_results": [{"topic": t.name, "partition_result": ()} for t in broker.topics]}  # fmt: skip

    def answer(name: str, number: int) -> dict[str, Any]:
        if not known:
            code, why = ErrorCode.invalid_request, f"Unknown election type {request.election_type}"
        elif broker.topics.get(name) is None:
            code, why = ErrorCode.unknown_topic_or_partition, f"No such topic as {name}"
        elif broker.topics.partition(name, number) is None:
            code, why = ErrorCode.unknown_topic_or_partition, f"No such partition as {name}-{number}"
        else:
            code, why = ErrorCode.election_not_needed, "Leader election not needed for topic partition."
        return {"partition_id": number, "error_code": code, "error_message": why}

    return {
        "error_code": 0 if known else ErrorCode.invalid_request,
        "replica_election_results": [
            {"topic": each.topic, "partition_result": [answer(each.topic, number) for number in each.partitions]}
            for each in request.topic_partitions
        ],
    }


async def alter_reassignments(broker: Broker, request: Any) -> dict[str, Any]:
    """AlterPartitionReassignments (KIP-455): to this node only, where each partition is already."""

    def answer(name: str, each: Any) -> dict[str, Any]:
        topic = broker.topics.get(name)
        try:
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
        "error_code": 0, "error_message": None,
        "responses": [
            {"name": topic.name, "partitions": [answer(topic.name, each) for each in topic.partitions]}
            for topic in request.topics
        ],
    }  # fmt: skip


async def list_reassignments(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": 0, "error_message": None, "topics": ()}


async def describe_log_dirs(broker: Broker, request: Any) -> dict[str, Any]:
    wanted = None if request.topics is None else {each.topic: set(each.partitions) for each in request.topics}
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
        if wanted is None or topic.name in wanted
    ]
    space = shutil.disk_usage(broker.folder)
    result = {"error_code": 0, "log_dir": str(broker.folder / "topics"), "topics": topics,
              "total_bytes": space.total, "usable_bytes": space.free}  # fmt: skip
    return {"error_code": 0, "results": [result]}


async def alter_log_dirs(broker: Broker, request: Any) -> dict[str, Any]:
    topics: dict[str, list[int]] = {}
    for folder in request.dirs:
        for topic in folder.topics:
            topics.setdefault(topic.name, []).extend(topic.partitions)
    return {
        "results": [
            {"topic_name": name, "partitions": [
                {"partition_index": number, "error_code": ErrorCode.log_dir_not_found
                 if broker.topics.partition(name, number) else ErrorCode.unknown_topic_or_partition}
                for number in numbers
            ]}
            for name, numbers in topics.items()
        ]
    }  # fmt: skip


_FEATURES = {"metadata.version": (1, 21), "kraft.version": (0, 1)}
_OLDEST = 7  # of the metadata's versions: 3.3-IV0


def _feature_refused(name: str, level: int) -> str:
    """Why a level of a feature is refused; "" where it is the one that there is."""
    start = f"Invalid update version {level} for feature {name}. Local controller {NODE_ID} "
    if name not in _FEATURES:
        return f"{start}does not support this feature."
    low, high = _FEATURES[name]
    if not low <= level <= high:
        return f"{start}only supports versions {low}-{high}"
    if name == "metadata.version" and level < _OLDEST:
        return f"Invalid metadata.version {level}. Unable to set a metadata.version less than 3.3-IV0"
    return "" if level == high else f"{start}can not be changed."


async def update_features(broker: Broker, request: Any) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    for each in request.feature_updates:
        why = _feature_refused(each.feature, each.max_version_level)
        code = ErrorCode.invalid_update_version if why else ErrorCode.none
        results.append({"feature": each.feature, "error_code": code, "error_message": why or None})
    return {"error_code": 0, "error_message": "", "results": results}


async def unregister_broker(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.broker_id_not_registered, "error_message": ""}


async def list_client_metrics(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": 0, "config_resources": [{"resource_name": name} for name in broker.client_metrics.names()]}


# -- what needs an authorizer or SASL, none of which there are here -------------------------------------


async def describe_acls(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER} on the broker"}


async def create_acls(broker: Broker, request: Any) -> dict[str, Any]:
    for each in request.creations:
        known = each.resource_type in range(1, 8) and each.operation in range(1, 15)
        if not known or each.permission_type not in range(1, 4) or each.resource_pattern_type not in range(1, 5):
            raise Malformed("an ACL of an unknown resource, operation, permission or pattern")
    refused = {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER}."}
    return {"results": [refused for _ in request.creations]}


async def delete_acls(broker: Broker, request: Any) -> dict[str, Any]:
    refused = {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER}.", "matching_acls": ()}
    return {"filter_results": [refused for _ in request.filters]}


def _unknown_user(name: str, times: int) -> dict[str, Any]:
    code, why = ErrorCode.resource_not_found, f"Attempt to describe a user credential that does not exist: {name}"
    if times > 1:
        code = ErrorCode.duplicate_resource
        why = f"Cannot describe SCRAM credentials for the same user twice in a single request: {name}"
    return {"user": name, "error_code": code, "credential_infos": (), "error_message": why}


async def describe_scram(broker: Broker, request: Any) -> dict[str, Any]:
    names = [each.name for each in request.users or ()]
    return {
        "error_code": 0, "error_message": "",
        "results": [_unknown_user(name, names.count(name)) for name in dict.fromkeys(names)],
    }  # fmt: skip


async def alter_scram(broker: Broker, request: Any) -> dict[str, Any]:
    """Deletions find nothing; nobody can be added, since there is no listener where they could sign in."""
    deleted = [
        {"user": each.name, "error_code": ErrorCode.resource_not_found,
         "error_message": "Attempt to delete a user credential that does not exist"}
        for each in request.deletions
    ]  # fmt: skip
    added = [
        {"user": each.name, "error_code": ErrorCode.unsupported_sasl_mechanism,
         "error_message": "This broker has no SASL listener."}
        for each in request.upsertions
    ]  # fmt: skip
    return {"results": deleted + added}


async def sasl_handshake(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.illegal_sasl_state, "mechanisms": ()}


async def sasl_authenticate(broker: Broker, request: Any) -> dict[str, Any]:
    return {
        "error_code": ErrorCode.illegal_sasl_state, "auth_bytes": b"",
        "error_message": "SaslAuthenticate request received after successful authentication",
    }  # fmt: skip


async def describe_tokens(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.delegation_token_request_not_allowed, "tokens": ()}


async def token_refused(broker: Broker, request: Any) -> dict[str, Any]:
    """Delegation tokens are given over authenticated connections only (KIP-48)."""
    return {"error_code": ErrorCode.delegation_token_request_not_allowed, "hmac": b"", "token_id": ""}
