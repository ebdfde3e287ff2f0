"""Handlers of the APIs of a cluster's administration, answered as a single node without an authorizer does."""

from __future__ import annotations

import shutil
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import NODE_ID, Broker
from clickstream_embedded.broker.errors import KafkaApiError
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


async def elect_leaders(broker: Broker, request: Any) -> dict[str, Any]:
    """ElectLeaders: every partition has the leader that it can have."""
    if request.topic_partitions is None:
        return {"error_code": 0,
                "replica_election_results": [{"topic": t.name, "partition_result": ()} for t in broker.topics]}  # fmt: skip

    def answer(name: str, number: int) -> dict[str, Any]:
        if broker.topics.get(name) is None:
            code, why = ErrorCode.unknown_topic_or_partition, f"No such topic as {name}"
        elif broker.topics.partition(name, number) is None:
            code, why = ErrorCode.unknown_topic_or_partition, f"No such partition as {name}-{number}"
        else:
            code, why = ErrorCode.election_not_needed, "Leader election not needed for topic partition."
        return {"partition_id": number, "error_code": code, "error_message": why}

    return {
        "error_code": 0,
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


async def update_features(broker: Broker, request: Any) -> dict[str, Any]:
    return {
        "error_code": 0, "error_message": "",
        "results": [
            {"feature": each.feature, "error_code": ErrorCode.invalid_update_version,
             "error_message": f"Invalid update version {each.max_version_level} for feature {each.feature}. "
             f"Local controller {NODE_ID} does not support this feature."}
            for each in request.feature_updates
        ],
    }  # fmt: skip


async def unregister_broker(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.broker_id_not_registered, "error_message": ""}


async def list_client_metrics(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": 0, "config_resources": ()}


# -- what needs an authorizer, quotas or SASL, none of which there are here -------------------------------------


async def describe_acls(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER} on the broker"}


async def create_acls(broker: Broker, request: Any) -> dict[str, Any]:
    refused = {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER}."}
    return {"results": [refused for _ in request.creations]}


async def delete_acls(broker: Broker, request: Any) -> dict[str, Any]:
    refused = {"error_code": ErrorCode.security_disabled, "error_message": f"{_NO_AUTHORIZER}.", "matching_acls": ()}
    return {"filter_results": [refused for _ in request.filters]}


async def describe_quotas(broker: Broker, request: Any) -> dict[str, Any]:
    return {"error_code": 0, "error_message": "", "entries": ()}


async def alter_quotas(broker: Broker, request: Any) -> dict[str, Any]:
    """Refused: this broker throttles nobody, and a quota that is taken and ignored would be a lie."""
    why = "This broker does not enforce quotas."
    entries = [
        {"error_code": ErrorCode.invalid_request, "error_message": why,
         "entity": [{"entity_type": part.entity_type, "entity_name": part.entity_name} for part in each.entity]}
        for each in request.entries
    ]  # fmt: skip
    return {"entries": entries}


async def describe_scram(broker: Broker, request: Any) -> dict[str, Any]:
    return {
        "error_code": 0, "error_message": "",
        "results": [
            {"user": each.name, "error_code": ErrorCode.resource_not_found, "credential_infos": (),
             "error_message": f"Attempt to describe a user credential that does not exist: {each.name}"}
            for each in request.users or ()
        ],
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
