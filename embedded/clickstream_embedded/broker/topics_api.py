"""Handlers of the APIs of topics: metadata, creating and growing them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.broker import MAX_PARTITIONS, NODE_ID, Broker
from clickstream_embedded.broker.broker_settings import Source, Sourced
from clickstream_embedded.broker.errors import KafkaApiError, is_late
from clickstream_embedded.broker.topic_configs import TOPIC_CONFIGS, InvalidTopic, check_config, check_name
from clickstream_embedded.broker.topics import INTERNAL, Topic

# What anybody may do where no authorizer is configured, as bits by the numbers of Kafka's operations (KIP-430).
TOPIC_OPERATIONS, CLUSTER_OPERATIONS = 3576, 8096
_NOT_ASKED = -(2**31)
METADATA = "__cluster_metadata"  # the controller's own log, which is no topic to anybody
_MOST_AT_ONCE = 10_000  # partitions that a request may make
_EXCESSIVE = "Excessively large number of partitions per request."
_TWICE = "Duplicate topic name."
_MOST_DESCRIBED = 2000  # max.request.partition.size.limit
_ZERO_ID = uuid.UUID(int=0)
_KNOWS_IDS = 12  # the version of Metadata from which on a topic may be asked for by its id


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
        "is_internal": topic.is_internal,
        "partitions": [_partition_metadata(number) for number in range(len(topic.partitions))],
    }


async def metadata(broker: Broker, request: Any) -> dict[str, Any]:
    """Metadata: all topics where the request names none."""
    allow_create = getattr(request, "allow_auto_topic_creation", True)
    allow_create = allow_create and broker.settings.value("auto.create.topics.enable") != "false"
    topic_operations = getattr(request, "include_topic_authorized_operations", False)
    cluster_operations = getattr(request, "include_cluster_authorized_operations", False)
    allowed = {"topic_authorized_operations": TOPIC_OPERATIONS if topic_operations else _NOT_ASKED}
    answers: list[dict[str, Any]] = []
    wanted = request.topics
    everything = wanted is None or (request.__version__ == 0 and not wanted)
    if everything:
        answers = [_topic_metadata(topic) for topic in broker.topics]
    if request.__version__ < _KNOWS_IDS and any(
        each.name is None or getattr(each, "topic_id", None) not in (None, _ZERO_ID) for each in wanted or ()
    ):
        return _metadata_failed(wanted, ErrorCode.invalid_request)
    asked = {(each.name, getattr(each, "topic_id", None)): each for each in wanted or ()}
    by_id = {topic_id: each for (_, topic_id), each in asked.items() if topic_id not in (None, _ZERO_ID)}
    if by_id:  # then names do not count
        asked = {(None, topic_id): each for topic_id, each in by_id.items()}
    elif any(name is None for name, _ in asked):
        return _metadata_failed(wanted, ErrorCode.unknown_server_error)
    for name, topic_id in () if everything else asked:
        topic = broker.topics.get(name) if name is not None else broker.topics.by_id(topic_id)
        code = ErrorCode.unknown_topic_or_partition if name is not None else ErrorCode.unknown_topic_id
        if topic is None and name is not None:
            try:
                check_name(name)
                topic = broker.auto_create(name) if allow_create else None
            except InvalidTopic:
                code = ErrorCode.invalid_topic_exception
        if topic is None:
            answers.append({"error_code": code, "name": name, "topic_id": topic_id or _ZERO_ID,
                            "is_internal": name in INTERNAL, "partitions": ()})  # fmt: skip
        else:
            answers.append(_topic_metadata(topic))
    return {
        "brokers": [{"node_id": NODE_ID, "host": broker.host, "port": broker.port, "rack": None}],
        "cluster_id": broker.cluster_id,
        "controller_id": NODE_ID,
        "topics": [{**answer, **(allowed if answer["name"] is not None else {})} for answer in answers],
        "cluster_authorized_operations": CLUSTER_OPERATIONS if cluster_operations else _NOT_ASKED,
    }


def _metadata_failed(wanted: Any, code: ErrorCode) -> dict[str, Any]:
    """What Kafka answers to a topic without name and id, or with an id before its time: all fails."""
    topics = [
        {"error_code": code, "name": each.name or "", "topic_id": getattr(each, "topic_id", None) or _ZERO_ID, "partitions": (),
         "topic_authorized_operations": _NOT_ASKED} for each in wanted
    ]  # fmt: skip
    return {"brokers": (), "cluster_id": None, "controller_id": -1, "topics": topics,
            "cluster_authorized_operations": _NOT_ASKED}  # fmt: skip


async def describe_topic_partitions(broker: Broker, request: Any) -> dict[str, Any]:
    """DescribeTopicPartitions (KIP-966): topics in the order of their names."""
    names = sorted({each.name for each in request.topics}) or [topic.name for topic in broker.topics]
    first = 0
    if request.cursor is not None and (
        request.cursor.partition_index < 0 or (request.topics and request.cursor.topic_name not in names)
    ):
        failed = {"error_code": ErrorCode.invalid_request, "topic_id": None, "is_internal": False, "partitions": (),
                  "topic_authorized_operations": _NOT_ASKED}  # fmt: skip
        return {"topics": [{"name": each.name, **failed} for each in request.topics], "next_cursor": None}
    if request.cursor is not None:
        names = [each for each in names if each >= request.cursor.topic_name]
        first = request.cursor.partition_index if names[:1] == [request.cursor.topic_name] else 0
    room = min(max(request.response_partition_limit, 1), _MOST_DESCRIBED)
    answers: list[dict[str, Any]] = []
    for name in names:
        if not room:
            return {"topics": answers, "next_cursor": {"topic_name": name, "partition_index": 0}}
        topic = broker.topics.get(name)
        if topic is None:
            try:
                check_name(name)
                code = ErrorCode.unknown_topic_or_partition
            except InvalidTopic:
                code = ErrorCode.invalid_topic_exception
            answers.append({"error_code": code, "name": name, "is_internal": name in INTERNAL,
                            "topic_authorized_operations": TOPIC_OPERATIONS})  # fmt: skip
        else:
            found = _topic_metadata(topic)
            shown = found["partitions"][first : first + room]
            for partition in shown:
                partition |= {"eligible_leader_replicas": (), "last_known_elr": ()}
            answers.append({**found, "partitions": shown, "topic_authorized_operations": TOPIC_OPERATIONS})
            room, after, first = room - len(shown), first + len(shown), 0
            if after < len(topic.partitions):
                return {"topics": answers, "next_cursor": {"topic_name": name, "partition_index": after}}
    return {"topics": answers, "next_cursor": None}


def check_assignment(replicas: Any) -> None:
    """Raises KafkaApiError for replicas that one broker cannot hold, in the words of Kafka's controller."""
    why, before = "" if replicas else "an empty replica list", None
    for each in sorted(replicas):
        if each != NODE_ID:
            why = f"broker {each}, but no such broker is registered"
        elif each == before:
            why = f"the broker {NODE_ID} more than once"
        if why:
            break
        before = each
    if why:
        raise KafkaApiError(ErrorCode.invalid_replica_assignment, f"The manual partition assignment includes {why}.")


def _partitions_of(wanted: Any, default: int) -> int:
    """How many partitions a topic is to have. Raises KafkaApiError."""
    if wanted.assignments:
        if wanted.replication_factor != -1:
            raise KafkaApiError(
                ErrorCode.invalid_request,
                "A manual partition assignment was specified, but replication factor was not set to -1.",
            )
        if wanted.num_partitions != -1:
            raise KafkaApiError(
                ErrorCode.invalid_request,
                "A manual partition assignment was specified, but numPartitions was not set to -1.",
            )
        numbers: set[int] = set()
        for each in wanted.assignments:
            if each.partition_index in numbers:
                why = f"Found multiple manual partition assignments for partition {each.partition_index}"
                raise KafkaApiError(ErrorCode.invalid_replica_assignment, why)
            check_assignment(each.broker_ids)
            numbers.add(each.partition_index)
        if numbers != set(range(len(numbers))):
            raise KafkaApiError(
                ErrorCode.invalid_replica_assignment,
                "partitions should be a consecutive 0-based integer sequence",
            )
        return len(numbers)
    if wanted.replication_factor < -1 or wanted.replication_factor == 0:
        raise KafkaApiError(
            ErrorCode.invalid_replication_factor,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        )
    if wanted.num_partitions < -1 or wanted.num_partitions == 0:
        raise KafkaApiError(
            ErrorCode.invalid_partitions, "Number of partitions was set to an invalid non-positive value."
        )
    if wanted.num_partitions > MAX_PARTITIONS:
        raise KafkaApiError(ErrorCode.policy_violation, "Excessively large number of partitions per request.")
    if wanted.replication_factor > 1:
        raise KafkaApiError(
            ErrorCode.invalid_replication_factor,
            f"Unable to replicate the partition {wanted.replication_factor} time(s): The target replication factor "
            f"of {wanted.replication_factor} cannot be reached because only 1 broker(s) are registered.",
        )
    return wanted.num_partitions if wanted.num_partitions != -1 else default


def _name_refused(broker: Broker, name: str) -> KafkaApiError | None:
    """Why no topic of that name is made; the names of a request are looked at before the first is."""
    try:
        check_name(name)
    except InvalidTopic as error:
        return KafkaApiError(ErrorCode.invalid_topic_exception, str(error))
    if broker.topics.get(name) is not None:
        return KafkaApiError(ErrorCode.topic_already_exists, f"Topic '{name}' already exists.")
    if collides := broker.topics.colliding(name):
        why = f"Topic '{name}' collides with existing topic: {collides}"
        return KafkaApiError(ErrorCode.invalid_topic_exception, why)
    return None


def _check_new(broker: Broker, wanted: Any) -> tuple[int, dict[str, str]]:
    """(partitions, settings) of a topic that may be made. Raises KafkaApiError."""
    nulls = [each.name for each in wanted.configs if each.value is None]
    if nulls:
        raise KafkaApiError(ErrorCode.invalid_config, f"Null value not supported for topic configs: {','.join(nulls)}")
    try:
        config = {each.name: each.value for each in wanted.configs}
        check_config(config)
    except InvalidTopic as error:
        raise KafkaApiError(ErrorCode.invalid_config, str(error)) from error
    return _partitions_of(wanted, broker.settings.number("num.partitions")), config


def _settings_of(broker: Broker, config: dict[str, str]) -> Iterator[Sourced]:
    """Each setting that a new topic has: its own, the broker's, or the default."""
    for name, known in TOPIC_CONFIGS.items():
        sources = broker.settings.sources(known.broker_name, broker.static_settings) if known.broker_name else []
        if name in config:
            yield name, config[name], Source.TOPIC
        elif sources:
            yield name, sources[0][1], sources[0][2]
        else:
            yield name, known.default, Source.DEFAULT


def _create_one(broker: Broker, wanted: Any, refused: KafkaApiError | None, validate_only: bool) -> dict[str, Any]:
    try:
        if refused is not None:
            raise refused
        partitions, config = _check_new(broker, wanted)
        broker.quotas.mutated(partitions)
    except KafkaApiError as error:
        return {"name": wanted.name, "error_code": error.code, "error_message": error.message, "num_partitions": -1,
                "replication_factor": -1, "configs": ()}  # fmt: skip
    topic_id = uuid.uuid4() if validate_only else broker.topics.create(wanted.name, partitions, config).topic_id
    return {
        "name": wanted.name, "topic_id": topic_id, "error_code": 0, "error_message": None,
        "num_partitions": partitions, "replication_factor": 1,
        "configs": [
            {"name": name, "value": value, "read_only": False, "config_source": int(source), "is_sensitive": False}
            for name, value, source in _settings_of(broker, config)
        ],
    }  # fmt: skip


async def create_topics(broker: Broker, request: Any) -> dict[str, Any]:
    """CreateTopics; a name that stands twice in a request is refused, whatever else is right."""
    if is_late(request):
        return {"topics": [
            {"name": each.name, "error_code": ErrorCode.request_timed_out, "error_message": None, "topic_id": None,
             "num_partitions": -1, "replication_factor": -1, "configs": ()} for each in request.topics
        ]}  # fmt: skip
    names = [wanted.name for wanted in request.topics]
    twice = {name for name in names if names.count(name) > 1}
    asked = [len(each.assignments) or each.num_partitions for each in request.topics if each.name not in twice]
    if sum(max(number, 1) for number in asked) > _MOST_AT_ONCE:
        return {"topics": [
            {"name": each.name, "error_code": ErrorCode.policy_violation, "error_message": _EXCESSIVE, "topic_id": None,
             "num_partitions": -1, "replication_factor": -1, "configs": ()} for each in request.topics
        ]}  # fmt: skip
    validate_only = getattr(request, "validate_only", False)
    refused = {name: _name_refused(broker, name) for name in names}
    answers = [
        _create_one(broker, wanted, refused[wanted.name], validate_only) for wanted in request.topics
        if wanted.name not in twice and wanted.name != METADATA
    ]  # fmt: skip
    answers += [
        {"name": name, "error_code": ErrorCode.invalid_request, "error_message": _TWICE,
         "num_partitions": -1, "replication_factor": -1, "configs": ()}
        for name in sorted(twice)
    ]  # fmt: skip
    if METADATA in names:
        why = f"Creation of internal topic {METADATA} is prohibited."
        answers.append({"name": METADATA, "error_code": ErrorCode.invalid_request, "error_message": why,
                        "num_partitions": -1, "replication_factor": -1, "configs": ()})  # fmt: skip
    return {"topics": answers}


def _grow(broker: Broker, wanted: Any, validate_only: bool) -> None:
    topic = broker.topics.get(wanted.name)
    if topic is None:
        raise KafkaApiError(ErrorCode.unknown_topic_or_partition)
    present = len(topic.partitions)
    if wanted.count == present:
        raise KafkaApiError(ErrorCode.invalid_partitions, f"Topic already has {present} partition(s).")
    if wanted.count < present:
        raise KafkaApiError(
            ErrorCode.invalid_partitions,
            f"The topic {wanted.name} currently has {present} partition(s); {wanted.count} would not be an increase.",
        )
    if wanted.assignments is not None:
        if len(wanted.assignments) != wanted.count - present:
            raise KafkaApiError(
                ErrorCode.invalid_replica_assignment,
                f"Attempted to add {wanted.count - present} additional partition(s), "
                f"but only {len(wanted.assignments)} assignment(s) were specified.",
            )
        for each in wanted.assignments:
            check_assignment(each.broker_ids)
    if wanted.count > MAX_PARTITIONS:
        raise KafkaApiError(ErrorCode.policy_violation, "Excessively large number of partitions per request.")
    broker.quotas.mutated(wanted.count - present)
    if not validate_only:
        broker.topics.grow(topic, wanted.count)


async def create_partitions(broker: Broker, request: Any) -> dict[str, Any]:
    """CreatePartitions."""
    answers: list[dict[str, Any]] = []
    names = [each.name for each in request.topics]
    if is_late(request):
        return {
            "results": [
                {"name": name, "error_code": ErrorCode.request_timed_out, "error_message": None} for name in names
            ]
        }
    for wanted in {each.name: each for each in request.topics}.values():
        answer: dict[str, Any] = {"name": wanted.name, "error_code": 0, "error_message": None}
        try:
            if names.count(wanted.name) > 1:
                raise KafkaApiError(ErrorCode.invalid_request, _TWICE)
            _grow(broker, wanted, request.validate_only)
        except KafkaApiError as error:
            answer |= {"error_code": error.code, "error_message": error.message or None}
        answers.append(answer)
    return {"results": answers}
