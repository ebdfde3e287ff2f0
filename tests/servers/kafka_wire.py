"""A bare Kafka client: one request of any API and version, the whole answer as plain data.

Real clients hide most of what a broker answers; this one shows every field, so that two brokers can be compared.
"""

from __future__ import annotations

import dataclasses
import datetime
import io
import socket
import struct
import uuid
from typing import Any, NamedTuple

from kio.schema.errors import ErrorCode
from kio.serial import entity_reader, entity_writer

from clickstream_embedded.broker import legacy
from clickstream_embedded.broker.entities import build


class Request(NamedTuple):
    """One request of the script."""

    kind: str
    name: str
    key: int
    version: int
    fields: dict[str, Any]


def plain(value: Any) -> Any:
    """An entity of any depth as dictionaries, lists, numbers and texts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, datetime.timedelta):
        return round(value.total_seconds() * 1000)
    if isinstance(value, datetime.datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, ErrorCode):
        return value.name
    return value


class Wire:
    """One connection to a broker; requests go one after the other."""

    def __init__(self, address: str, client_id: str = "wire") -> None:
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), 20)
        self._socket.settimeout(20)
        self._client_id = client_id
        self._correlation = 0

    def close(self) -> None:
        self._socket.close()

    def patience(self, seconds: float) -> None:
        """An answer is waited for no longer than that."""
        self._socket.settimeout(seconds)

    def raw(self, frame: bytes) -> bytes:
        """Sends one frame and gives the answer's. Raises ConnectionError where the broker closes instead."""
        self._socket.sendall(struct.pack(">i", len(frame)) + frame)
        (size,) = struct.unpack(">i", self._exactly(4))
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            got = self._socket.recv(size - len(data))
            if not got:
                raise ConnectionError("the broker closed the connection")
            data += got
        return bytes(data)

    def ask(self, key: int, version: int, values: dict[str, Any]) -> dict[str, Any]:
        """The answer to an API's request as plain data."""
        request, response = legacy.request_schema(key, version), legacy.response_schema(key, version)
        self._correlation += 1
        header = build(
            request.__header_schema__,
            {"request_api_key": key, "request_api_version": version, "correlation_id": self._correlation,
             "client_id": self._client_id},
        )  # fmt: skip
        buffer = io.BytesIO()
        entity_writer(request.__header_schema__)(buffer, header)
        entity_writer(request)(buffer, build(request, values))
        answer = self.raw(buffer.getvalue())
        _, used = entity_reader(response.__header_schema__)(answer, 0)
        found, _ = entity_reader(response)(answer, used)
        return plain(found)
