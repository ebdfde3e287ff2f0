"""Connections: frames in, the right handler, frames out (Kafka protocol guide, "Protocol Primitives")."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import logging
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import kio.index as kafka
from kio.schema.errors import ErrorCode
from kio.serial import entity_reader, entity_writer

from clickstream_embedded.broker import admin_api, data_api, fetch_api, group_api, transaction_api
from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.entities import build

log = logging.getLogger("broker")

MAX_FRAME = 100 * 1024 * 1024  # socket.request.max.bytes
_RETENTION_INTERVAL = 30.0  # seconds
_EXPIRY_INTERVAL = 5.0  # seconds between two looks for transactions that are open too long

Handler = Callable[[Broker, Any], Awaitable[dict[str, Any] | None]]

# API key: (lowest version, highest version, handler). Versions with topic ids in place of names are not offered.
APIS: dict[int, tuple[int, int, Handler]] = {
    0: (3, 11, data_api.produce),
    1: (4, 12, fetch_api.fetch),
    2: (1, 8, data_api.list_offsets),
    3: (0, 12, admin_api.metadata),
    8: (2, 8, group_api.offset_commit),
    9: (1, 8, group_api.offset_fetch),
    10: (0, 5, group_api.find_coordinator),
    12: (0, 4, group_api.heartbeat),
    13: (0, 5, group_api.leave_group),
    14: (0, 5, group_api.sync_group),
    15: (0, 5, group_api.describe_groups),
    16: (0, 4, group_api.list_groups),
    19: (2, 7, admin_api.create_topics),
    20: (1, 6, admin_api.delete_topics),
    21: (0, 2, admin_api.delete_records),
    22: (0, 4, transaction_api.init_producer_id),
    23: (2, 4, data_api.offset_for_leader_epoch),
    24: (0, 3, transaction_api.add_partitions),
    25: (0, 3, transaction_api.add_offsets),
    26: (0, 3, transaction_api.end),
    28: (0, 3, transaction_api.offset_commit),
    32: (1, 4, admin_api.describe_configs),
    33: (0, 2, admin_api.alter_configs),
    35: (1, 4, admin_api.describe_log_dirs),
    37: (0, 3, admin_api.create_partitions),
    42: (0, 2, group_api.delete_groups),
    44: (0, 1, admin_api.incremental_alter_configs),
    47: (0, 0, group_api.offset_delete),
    60: (0, 1, admin_api.describe_cluster),
    61: (0, 0, transaction_api.describe_producers),
    65: (0, 0, transaction_api.describe_transactions),
    66: (0, 0, transaction_api.list_transactions),
}
_JOIN_GROUP, _API_VERSIONS = 11, 18
_OFFERED = {key: versions[:2] for key, versions in APIS.items()} | {_JOIN_GROUP: (0, 9), _API_VERSIONS: (0, 3)}


@functools.cache
def _schemas(key: int, version: int) -> tuple[Any, Any, Any, Any, Any]:
    request = kafka.load_request_schema(key, version)
    response = kafka.load_response_schema(key, version)
    header = request.__header_schema__
    return entity_reader(header), entity_reader(request), entity_writer(response), response, entity_writer(
        response.__header_schema__
    )  # fmt: skip


class Connection:
    """One client: its requests are answered in order."""

    def __init__(self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._broker = broker
        self._reader = reader
        self._writer = writer
        self._peer = str((writer.get_extra_info("peername") or ("?",))[0])

    async def serve(self) -> None:
        try:
            while True:
                (size,) = struct.unpack(">i", await self._reader.readexactly(4))
                if not 8 <= size <= MAX_FRAME:
                    log.warning(
                        "closing a connection from %s: a frame of %d bytes is no Kafka request", self._peer, size
                    )
                    return
                answer = await self._answer(await self._reader.readexactly(size))
                if answer is not None:
                    self._writer.write(struct.pack(">i", len(answer)) + answer)
                    await self._writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except _Malformed as error:
            log.warning("closing a connection from %s: %s", self._peer, error)
        finally:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    async def _answer(self, frame: bytes) -> bytes | None:
        key, version, correlation = struct.unpack_from(">hhi", frame)
        lowest, highest = _OFFERED.get(key, (0, -1))
        if key == _API_VERSIONS and not lowest <= version <= highest:
            # KIP-511: answer in version 0 so that the client can choose
            return self._encode(key, 0, correlation, self._versions(ErrorCode.unsupported_version))
        if not lowest <= version <= highest:
            raise _Malformed(f"API {key} version {version} is not offered")
        read_header, read_request, *_ = _schemas(key, version)
        try:
            header, used = read_header(frame, 0)
            request, _ = read_request(frame, used)
        except Exception as error:
            raise _Malformed(f"API {key} version {version} could not be read: {error}") from error
        if key == _API_VERSIONS:
            values: dict[str, Any] | None = self._versions(ErrorCode.none)
        elif key == _JOIN_GROUP:
            client = getattr(header, "client_id", None) or "client"
            values = await group_api.join_group(self._broker, request, client, self._peer)
        else:
            values = await APIS[key][2](self._broker, request)
        return None if values is None else self._encode(key, version, correlation, values)

    @staticmethod
    def _versions(code: ErrorCode) -> dict[str, Any]:
        keys = [
            {"api_key": key, "min_version": low, "max_version": high} for key, (low, high) in sorted(_OFFERED.items())
        ]
        return {"error_code": code, "api_keys": keys}

    @staticmethod
    def _encode(key: int, version: int, correlation: int, values: dict[str, Any]) -> bytes:
        *_, write_response, response, write_header = _schemas(key, version)
        buffer = io.BytesIO()
        write_header(buffer, build(response.__header_schema__, {"correlation_id": correlation}))
        write_response(buffer, build(response, values))
        return buffer.getvalue()


class _Malformed(Exception):
    pass


async def serve(broker: Broker, stop: asyncio.Event) -> None:
    """Listens until `stop` is set. Raises OSError where the port is taken."""
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        task.add_done_callback(connections.discard)
        await Connection(broker, reader, writer).serve()

    async def retain() -> None:
        while True:
            await asyncio.sleep(_RETENTION_INTERVAL)
            await asyncio.to_thread(broker.topics.compact, broker.clock())
            broker.topics.apply_retention(broker.clock())

    async def expire() -> None:
        while True:
            await asyncio.sleep(_EXPIRY_INTERVAL)
            broker.transactions.expire()
            broker.arrived()

    server = await asyncio.start_server(accept, broker.host, broker.port, limit=4 * 1024 * 1024)
    log.info("broker listens on %s:%d", broker.host, broker.port)
    upkeep = [asyncio.create_task(retain()), asyncio.create_task(expire())]
    try:
        await stop.wait()
    finally:
        server.close()
        for task in (*upkeep, *connections):
            task.cancel()
        await asyncio.gather(*upkeep, *connections, return_exceptions=True)
        broker.close()
