"""Handlers of the APIs that describe and change the cluster: metadata, topics, configurations."""

from __future__ import annotations

import uuid
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import MAX_PARTITIONS, NODE_ID, Broker
from clickstream_embedded.broker.topics import (
    DEFAULT_CONFIG,
    NUMERIC,
    InvalidTopic,
    Topic,
    check_config,
    check_name,
)

_TOPIC, _BROKER = 2, 4  # resource types
_ZERO_ID = uuid.UUID(int=0)


def _partition_metadata(number: int) -> dict[str, Any]:
    return {
        "error_code": 0, "partition_index": number, "leader_id": NODE_ID, "leader_epoch": 0,
        "replica_nodes": (NODE_ID,), "isr_nodes": (NODE_ID,), "offline_replicas": (),
    }  # fmt: skip


def _topic_metadata(topic: Topic) -> dict[str, Any]:
    return {
        "error_code": 0,
        "name": topic.name,
        "topic_id": topic.topic_id,
        "is_internal": topic.name.startswith("__"),
        "partitions": [_partition_metadata(number) for number in range(len(topic.partitions))],
    }


async def metadata(broker: Broker, request: Any) -> dict[str, Any]:
    """Metadata: all topics where the request names none."""
    allow_create = getattr(request, "allow_auto_topic_creation", True)
    answers: list[dict[str, Any]] = []
    wanted = request.topics
    everything = wanted is None or (request.__version__ == 0 and not wanted)
    if everything:
        answers = [_topic_metadata(topic) for topic in broker.topics]
    for each in () if everything or wanted is None else wanted:
        topic_id = getattr(each, "topic_id", None)
        topic = broker.topics.get(each.name) if each.name is not None else broker.topics.by_id(topic_id)
        code = ErrorCode.unknown_topic_or_partition if each.name is not None else ErrorCode.unknown_topic_id
        if topic is None and allow_create and each.name is not None:
            try:
                topic = broker.auto_create(each.name)
            except InvalidTopic:
                code = ErrorCode.invalid_topic_exception
        if topic is None:
            answers.append({"error_code": code, "name": each.name, "topic_id": topic_id or _ZERO_ID, "partitions": ()})
        else:
            answers.append(_topic_metadata(topic))
    return {
        "brokers": [{"node_id": NODE_ID, "host": broker.host, "port": broker.port, "rack": None}],
        "cluster_id": broker.cluster_id,
        "controller_id": NODE_ID,
        "topics": answers,
    }


async def describe_cluster(broker: Broker, request: Any) -> dict[str, Any]:
    return {
        "cluster_id": broker.cluster_id,
        "controller_id": NODE_ID,
        "brokers": [{"broker_id": NODE_ID, "host": broker.host, "port": broker.port}],
        "endpoint_type": 1,
    }


def _create_one(broker: Broker, wanted: Any, validate_only: bool) -> dict[str, Any]:
    def refused(code: ErrorCode, message: str) -> dict[str, Any]:
        return {"name": wanted.name, "error_code": code, "error_message": message}

    config = {entry.name: entry.value for entry in wanted.configs if entry.value is not None}
    partitions = wanted.num_partitions if wanted.num_partitions != -1 else 1
    if wanted.assignments:
        partitions = len(wanted.assignments)
    try:
        check_name(wanted.name)
    except InvalidTopic as error:
        return refused(ErrorCode.invalid_topic_exception, str(error))
    if broker.topics.get(wanted.name) is not None:
        return refused(ErrorCode.topic_already_exists, f"Topic '{wanted.name}' already exists.")
    if not 1 <= partitions <= MAX_PARTITIONS:
        return refused(ErrorCode.invalid_partitions, f"Number of partitions must be between 1 and {MAX_PARTITIONS}.")
    if not wanted.assignments and wanted.replication_factor not in (1, -1):
        return refused(
            ErrorCode.invalid_replication_factor,
            f"Unable to replicate the partition {wanted.replication_factor} time(s): The target replication factor"
            " cannot be reached because only 1 broker(s) are registered.",
        )
    try:
        check_config(config)
    except InvalidTopic as error:
        return refused(ErrorCode.invalid_config, str(error))
    topic_id = _ZERO_ID
    if not validate_only:
        topic_id = broker.topics.create(wanted.name, partitions, config).topic_id
    return {
        "name": wanted.name, "topic_id": topic_id, "error_code": 0, "error_message": None,
        "num_partitions": partitions, "replication_factor": 1,
        "configs": [
            {"name": name, "value": config.get(name, default), "read_only": False,
             "config_source": 1 if name in config else 5, "is_sensitive": False}
            for name, default in DEFAULT_CONFIG.items()
        ],
    }  # fmt: skip


async def create_topics(broker: Broker, request: Any) -> dict[str, Any]:
    return {"topics": [_create_one(broker, wanted, request.validate_only) for wanted in request.topics]}


async def delete_topics(broker: Broker, request: Any) -> dict[str, Any]:
    answers: list[dict[str, Any]] = []
    if hasattr(request, "topics"):
        wanted = [(each.name, each.topic_id) for each in request.topics]
    else:
        wanted = [(name, None) for name in request.topic_names]
    for name, topic_id in wanted:
        topic = broker.topics.get(name) if name is not None else broker.topics.by_id(topic_id)
        if topic is None:
            code = ErrorCode.unknown_topic_or_partition if name is not None else ErrorCode.unknown_topic_id
            answers.append({"name": name, "topic_id": topic_id or _ZERO_ID, "error_code": code})
            continue
        broker.topics.delete(topic.name)
        broker.offsets.delete_topic(topic.name)
        broker.arrived()
        answers.append({"name": topic.name, "topic_id": topic.topic_id, "error_code": 0, "error_message": None})
    return {"responses": answers}


async def create_partitions(broker: Broker, request: Any) -> dict[str, Any]:
    answers: list[dict[str, Any]] = []
    for wanted in request.topics:
        topic = broker.topics.get(wanted.name)
        code, message = ErrorCode.none, None
        if topic is None:
            code, message = ErrorCode.unknown_topic_or_partition, "The topic does not exist."
        elif not len(topic.partitions) < wanted.count <= MAX_PARTITIONS:
            code = ErrorCode.invalid_partitions
            message = (
                f"The topic {wanted.name} currently has {len(topic.partitions)} partition(s); "
                f"{wanted.count} would not be an increase."
            )
        elif not request.validate_only:
            broker.topics.grow(topic, wanted.count)
        answers.append({"name": wanted.name, "error_code": code, "error_message": message})
    return {"results": answers}


async def delete_records(broker: Broker, request: Any) -> dict[str, Any]:
    topics: list[dict[str, Any]] = []
    for wanted in request.topics:
        partitions: list[dict[str, Any]] = []
        for each in wanted.partitions:
            partition = broker.topics.partition(wanted.name, each.partition_index)
            code, low = ErrorCode.unknown_topic_or_partition, -1
            if partition is not None:
                end = partition.log.end_offset
                offset = end if each.offset == -1 else each.offset
                code = ErrorCode.offset_out_of_range
                if 0 <= offset <= end:
                    partition.log.advance_start(offset)
                    code, low = ErrorCode.none, partition.log.start_offset
            partitions.append({"partition_index": each.partition_index, "low_watermark": low, "error_code": code})
        topics.append({"name": wanted.name, "partitions": partitions})
    return {"topics": topics}


def _config_entry(topic: Topic, name: str) -> dict[str, Any]:
    own = name in topic.config
    return {
        "name": name, "value": topic.setting(name), "read_only": False, "is_default": not own,
        "config_source": 1 if own else 5, "is_sensitive": False, "synonyms": (), "documentation": None,
        "config_type": 5 if name in NUMERIC else 2,
    }  # fmt: skip


async def describe_configs(broker: Broker, request: Any) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    for resource in request.resources:
        answer: dict[str, Any] = {
            "error_code": 0, "error_message": None, "resource_type": resource.resource_type,
            "resource_name": resource.resource_name, "configs": (),
        }  # fmt: skip
        keys = resource.configuration_keys
        if resource.resource_type == _TOPIC:
            topic = broker.topics.get(resource.resource_name)
            if topic is None:
                answer["error_code"] = ErrorCode.unknown_topic_or_partition
            else:
                answer["configs"] = [_config_entry(topic, n) for n in DEFAULT_CONFIG if keys is None or n in keys]
        elif resource.resource_type == _BROKER:
            own = {"auto.create.topics.enable": "true", "num.partitions": "1", "default.replication.factor": "1"}
            answer["configs"] = [
                {"name": name, "value": value, "read_only": True, "is_default": False, "config_source": 4,
                 "is_sensitive": False, "synonyms": ()}
                for name, value in own.items() if keys is None or name in keys
            ]  # fmt: skip
        else:
            answer["error_code"] = ErrorCode.invalid_request
            answer["error_message"] = f"Unsupported resource type: {resource.resource_type}"
        results.append(answer)
    return {"results": results}


def _apply(broker: Broker, resource: Any, changes: list[tuple[str, str | None]], keep: bool) -> dict[str, Any]:
    answer = {"resource_type": resource.resource_type, "resource_name": resource.resource_name, "error_message": None}
    topic = broker.topics.get(resource.resource_name) if resource.resource_type == _TOPIC else None
    if topic is None:
        code = ErrorCode.unknown_topic_or_partition if resource.resource_type == _TOPIC else ErrorCode.invalid_request
        return {**answer, "error_code": code}
    config = dict(topic.config) if keep else {}
    for name, value in changes:
        if value is None:
            config.pop(name, None)
        else:
            config[name] = value
    try:
        check_config(config)
    except InvalidTopic as error:
        return {**answer, "error_code": ErrorCode.invalid_config, "error_message": str(error)}
    broker.topics.configure(topic, config)
    return {**answer, "error_code": 0}


async def alter_configs(broker: Broker, request: Any) -> dict[str, Any]:
    return {
        "responses": [
            _apply(broker, each, [(entry.name, entry.value) for entry in each.configs], keep=False)
            for each in request.resources
        ]
    }


async def incremental_alter_configs(broker: Broker, request: Any) -> dict[str, Any]:
    def changes(resource: Any) -> list[tuple[str, str | None]]:
        # operations: 0 set, 1 delete; append and subtract apply to lists, of which cleanup.policy is the only one
        return [(entry.name, entry.value if entry.config_operation == 0 else None) for entry in resource.configs]

    return {"responses": [_apply(broker, each, changes(each), keep=True) for each in request.resources]}


async def describe_log_dirs(broker: Broker, request: Any) -> dict[str, Any]:
    wanted = None if request.topics is None else {each.topic for each in request.topics}
    topics = [
        {
            "name": topic.name,
            "partitions": [
                {"partition_index": number, "partition_size": partition.log.size, "offset_lag": 0}
                for number, partition in enumerate(topic.partitions)
            ],
        }
        for topic in broker.topics
        if wanted is None or topic.name in wanted
    ]
    return {"error_code": 0, "results": [{"error_code": 0, "log_dir": "data", "topics": topics}]}
