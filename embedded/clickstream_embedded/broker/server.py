"""The APIs that are offered, a request by its schema to the right handler, and the listening itself."""

from __future__ import annotations

import asyncio
import functools
import io
import logging
import re
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any

from kio.schema.errors import ErrorCode
from kio.serial import entity_reader, entity_writer

from clickstream_embedded.broker import (
    cluster_api,
    configs_api,
    consumer_group_api,
    data_api,
    deletions_api,
    fetch_api,
    group_api,
    legacy,
    markers_api,
    offsets_api,
    quotas,
    scram,
    topics_api,
    transaction_api,
    upkeep,
    voters_api,
)
from clickstream_embedded.broker.admission import Admission
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.client_quotas import asking
from clickstream_embedded.broker.connection import Answered, Connection
from clickstream_embedded.broker.entities import build
from clickstream_embedded.broker.errors import Malformed

log = logging.getLogger("broker")

Handler = Callable[[Broker, Any], Awaitable[dict[str, Any] | None]]

# API key: (lowest version, highest version, handler). The highest are Kafka 3.9's, so that clients which guess a
# broker's version by them find one; lower ones than named here need the record formats before 0.11.
APIS: dict[int, tuple[int, int, Handler]] = {
    0: (3, 11, data_api.produce),
    1: (4, 17, fetch_api.fetch),
    2: (1, 9, offsets_api.list_offsets),
    3: (0, 12, topics_api.metadata),
    8: (2, 9, group_api.offset_commit),
    9: (1, 9, group_api.offset_fetch),
    10: (0, 6, group_api.find_coordinator),
    12: (0, 4, group_api.heartbeat),
    13: (0, 5, group_api.leave_group),
    14: (0, 5, group_api.sync_group),
    15: (0, 5, group_api.describe_groups),
    16: (0, 5, group_api.list_groups),
    17: (0, 1, cluster_api.sasl_handshake),
    19: (0, 7, topics_api.create_topics),
    20: (0, 6, deletions_api.delete_topics),
    21: (0, 2, deletions_api.delete_records),
    22: (0, 5, transaction_api.init_producer_id),
    23: (2, 4, offsets_api.offset_for_leader_epoch),
    24: (0, 5, transaction_api.add_partitions),
    25: (0, 4, transaction_api.add_offsets),
    26: (0, 4, transaction_api.end),
    27: (0, 1, markers_api.write_markers),
    28: (0, 4, transaction_api.offset_commit),
    29: (1, 3, cluster_api.describe_acls),
    30: (1, 3, cluster_api.create_acls),
    31: (1, 3, cluster_api.delete_acls),
    32: (0, 4, configs_api.describe_configs),
    33: (0, 2, configs_api.alter_configs),
    34: (1, 2, cluster_api.alter_log_dirs),
    35: (0, 4, cluster_api.describe_log_dirs),
    36: (0, 2, cluster_api.sasl_authenticate),
    37: (0, 3, topics_api.create_partitions),
    38: (1, 3, cluster_api.create_token),
    39: (1, 2, cluster_api.token_refused),
    40: (1, 2, cluster_api.token_refused),
    41: (1, 3, cluster_api.describe_tokens),
    42: (0, 2, group_api.delete_groups),
    43: (0, 2, cluster_api.elect_leaders),
    44: (0, 1, configs_api.incremental_alter_configs),
    45: (0, 0, cluster_api.alter_reassignments),
    46: (0, 0, cluster_api.list_reassignments),
    47: (0, 0, group_api.offset_delete),
    48: (0, 1, quotas.describe),
    49: (0, 1, quotas.alter),
    50: (0, 0, scram.describe),
    51: (0, 0, scram.alter),
    55: (0, 2, cluster_api.describe_quorum),
    57: (0, 1, cluster_api.update_features),
    60: (0, 1, cluster_api.describe_cluster),
    61: (0, 0, transaction_api.describe_producers),
    64: (0, 0, cluster_api.unregister_broker),
    65: (0, 0, transaction_api.describe_transactions),
    66: (0, 1, transaction_api.list_transactions),
    69: (0, 0, consumer_group_api.describe),
    74: (0, 0, cluster_api.list_client_metrics),
    80: (0, 0, voters_api.add),
    81: (0, 0, voters_api.remove),
    75: (0, 0, topics_api.describe_topic_partitions),
}
_JOIN_GROUP, _API_VERSIONS, _CONSUMER_HEARTBEAT = 11, 18, 68
_OF_CLIENTS = {
    _JOIN_GROUP: group_api.join_group,
    _CONSUMER_HEARTBEAT: consumer_group_api.heartbeat,
}  # who asks counts too
_PRODUCE, _FETCH = 0, 1
_WAIT = (_FETCH, _JOIN_GROUP, 14)  # for data, or for other members
# CreateTopics, DeleteTopics, CreatePartitions: the versions from which on THROTTLING_QUOTA_EXCEEDED is known (KIP-599)
_KNOWS_OF_MUTATIONS = {19: 6, 20: 5, 37: 3}
_SOFTWARE = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?")
_FEATURES = 21  # the metadata.version of Kafka 3.9
_OFFERED = {key: versions[:2] for key, versions in APIS.items()} | {
    _JOIN_GROUP: (0, 9), _API_VERSIONS: (0, 4), _CONSUMER_HEARTBEAT: (0, 0)
}  # fmt: skip
# where the new consumer groups are on: version 1, which clients of 4.0 and librdkafka want
_WITH_GROUPS = {**_OFFERED, _CONSUMER_HEARTBEAT: (0, 1), 69: (0, 1)}


@functools.cache
def _schemas(key: int, version: int) -> tuple[Any, Any, Any, Any, Any]:
    request, response = legacy.request_schema(key, version), legacy.response_schema(key, version)
    header = request.__header_schema__
    return entity_reader(header), entity_reader(request), entity_writer(response), response, entity_writer(
        response.__header_schema__
    )  # fmt: skip


async def answer(broker: Broker, peer: str, frame: bytes) -> Answered:
    """(the answer to one request by its schema, for how long its client is not heard then). Raises Malformed."""
    key, version, correlation = struct.unpack_from(">hhi", frame)
    offered = _OFFERED if broker.consumer_groups is None else _WITH_GROUPS
    lowest, highest = offered.get(key, (0, -1))
    if key == _API_VERSIONS and not lowest <= version <= highest:
        # KIP-511: answer in version 0 so that the client can choose
        return _encode(key, 0, correlation, _versions(broker, ErrorCode.unsupported_version)), 0.0
    if not lowest <= version <= highest:
        raise Malformed(f"API {key} version {version} is not offered")
    read_header, read_request, *_ = _schemas(key, version)
    try:
        header, used = read_header(frame, 0)
        request, _ = read_request(frame, used)
    except Exception as error:
        raise Malformed(f"API {key} version {version} could not be read: {error}") from error
    client, begun = getattr(header, "client_id", None) or "", time.perf_counter()
    if broker.quotas:
        asking.set((client, version >= _KNOWS_OF_MUTATIONS.get(key, 99)))
    if key == _API_VERSIONS:
        values: dict[str, Any] | None = _versions(broker, _check_software(request))
    elif key in _OF_CLIENTS:
        values = await _OF_CLIENTS[key](broker, request, client or "client", peer)
    else:
        values = await APIS[key][2](broker, request)
    pause = 0.0
    if broker.quotas:
        pause = _paused(broker, key, client, len(frame), time.perf_counter() - begun)
        if values is not None and key != _FETCH:  # which tells it by itself
            values = {**values, "throttle_time": round(pause * 1000)}
        elif values is not None:
            pause = values["throttle_time"] / 1000
    return None if values is None else _encode(key, version, correlation, values), pause


def _paused(broker: Broker, key: int, client: str, size: int, seconds: float) -> float:
    """For how long a client is not heard by its quotas; a request that waits for others does not cost what it lasts."""
    pause = broker.quotas.handled(client, seconds) if key not in _WAIT else 0.0
    if key == _PRODUCE:
        pause = max(pause, broker.quotas.produced(client, size + 4))
    if key in _KNOWS_OF_MUTATIONS:
        pause = max(pause, broker.quotas.owed(client))
    return pause


def _check_software(request: Any) -> ErrorCode:
    """KIP-511: a client's name and version are made of letters, digits, '-' and '.'."""
    given = getattr(request, "client_software_name", "a"), getattr(request, "client_software_version", "a")
    return ErrorCode.none if all(map(_SOFTWARE.fullmatch, given)) else ErrorCode.invalid_request


def _versions(broker: Broker, code: ErrorCode) -> dict[str, Any]:
    if code is ErrorCode.invalid_request:
        return {"error_code": code, "api_keys": (), "finalized_features_epoch": -1}
    offered = _OFFERED if broker.consumer_groups is None else _WITH_GROUPS
    keys = [{"api_key": key, "min_version": low, "max_version": high} for key, (low, high) in sorted(offered.items())]
    features = {"metadata.version": (1, _FEATURES)} | (
        {"group.version": (1, 1)} if broker.consumer_groups is not None else {}
    )
    return {
        "error_code": code, "api_keys": keys,
        "supported_features": [
            {"name": name, "min_version": low, "max_version": high} for name, (low, high) in features.items()
        ],
        "finalized_features_epoch": 0,
        "finalized_features": [
            {"name": name, "max_version_level": high, "min_version_level": high} for name, (_, high) in features.items()
        ],
    }  # fmt: skip


def _encode(key: int, version: int, correlation: int, values: dict[str, Any]) -> bytes:
    *_, write_response, response, write_header = _schemas(key, version)
    buffer = io.BytesIO()
    write_header(buffer, build(response.__header_schema__, {"correlation_id": correlation}))
    write_response(buffer, build(response, values))
    return buffer.getvalue()


async def serve(broker: Broker, stop: asyncio.Event) -> None:
    """Listens until `stop` is set. Raises OSError where the port is taken."""
    connections: set[Connection] = set()

    loop = asyncio.get_running_loop()
    admission = Admission(broker.settings, loop.time, loop.call_later, broker.quotas.arrived)
    server = await loop.create_server(
        lambda: Connection(broker, answer, connections, admission), broker.host, broker.port
    )
    log.info("broker listens on %s:%d", broker.host, broker.port)
    chores = upkeep.begin(broker)
    try:
        await stop.wait()
    finally:
        server.close()
        for task in chores:
            task.cancel()
        await asyncio.gather(*chores, *(each.close() for each in tuple(connections)), return_exceptions=True)
        broker.close()
