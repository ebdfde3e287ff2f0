"""Plays of programs' lives on a broker: a play is a function that asks, and takes from the answers what it asks next."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import crc32c
from kio.serial.errors import OutOfBoundValue

from tests.servers.kafka_batches import varint
from tests.servers.kafka_wire import Wire

SETTLING = 0.3  # seconds for markers, settings and topics to be in force
_PATIENCE = 30.0  # seconds for the coordinators of the real one

Ask = Callable[[str, int, int, dict[str, Any]], Any]  # (name, API key, version, fields)


def records(*entries: tuple[bytes | None, bytes | None], at: int = 1_700_000_000_000, step: int = 1, attributes: int = 0,
            producer: tuple[int, int, int] = (-1, -1, -1), headers: tuple[tuple[bytes, bytes], ...] = (),
            pack: Callable[[bytes], bytes] = bytes) -> bytes:  # fmt: skip
    """A batch of records (key, value), packed by `pack` as its attributes say; `producer` is (id, epoch, sequence)."""
    body = b""
    for number, (key, value) in enumerate(entries):
        one = b"\0" + varint(number * step) + varint(number)
        for each in (key, value):
            one += varint(-1) if each is None else varint(len(each)) + each
        one += varint(len(headers)) + b"".join(varint(len(k)) + k + varint(len(v)) + v for k, v in headers)
        body += varint(len(one)) + one
    last = len(entries) - 1
    covered = struct.pack(">hiqqqhii", attributes, last, at, at + last * step, *producer, last + 1) + pack(body)
    head = struct.pack(">ibI", 0, 2, crc32c.crc32c(covered))
    return struct.pack(">qi", 0, len(head) + len(covered)) + head + covered


def topic(name: str, partitions: int = 1, **configs: str) -> dict[str, Any]:
    """CreateTopics of one topic."""
    named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    one = {"name": name, "num_partitions": partitions, "replication_factor": 1, "assignments": (), "configs": named}
    return {"topics": [one], "timeout": 5000, "validate_only": False}


def produced(
    name: str, data: bytes, number: int = 0, *, acks: int = -1, transaction: str | None = None
) -> dict[str, Any]:
    """Produce of one partition."""
    return {"transactional_id": transaction, "acks": acks, "timeout": 3000,
            "topic_data": [{"name": name, "partition_data": [{"index": number, "records": data}]}]}  # fmt: skip


def fetched(name: str, offset: int = 0, number: int = 0, *, committed: bool = False, session: tuple[int, int] = (0, -1),
            most: int = 1_000_000, of_partition: int = 1_000_000, wait: int = 10, least: int = 1, epoch: int = -1,
            forgotten: Any = ()) -> dict[str, Any]:  # fmt: skip
    """Fetch of one partition by name; of none where the name is empty."""
    one = {"partition": number, "current_leader_epoch": epoch, "fetch_offset": offset, "last_fetched_epoch": -1,
           "log_start_offset": -1, "partition_max_bytes": of_partition}  # fmt: skip
    return {"replica_id": -1, "max_wait": wait, "min_bytes": least, "max_bytes": most, "isolation_level": int(committed),
            "session_id": session[0], "session_epoch": session[1], "rack_id": "",
            "topics": [{"topic": name, "partitions": [one]}] if name else [],
            "forgotten_topics_data": [{"topic": each, "partitions": numbers} for each, numbers in forgotten]}  # fmt: skip


def listed(name: str, *times: int, committed: bool = False, epoch: int = -1) -> dict[str, Any]:
    """ListOffsets: a time for each partition from 0 on."""
    partitions = [
        {"partition_index": number, "current_leader_epoch": epoch, "timestamp": time_}
        for number, time_ in enumerate(times)
    ]
    return {"replica_id": -1, "isolation_level": int(committed), "topics": [{"name": name, "partitions": partitions}]}


def new(name: str, partitions: int = 1, replicas: int = 1, placed: Any = (), **configs: str | None) -> dict[str, Any]:
    """One topic of `make`; `placed` has (partition, brokers), and the names of `configs` have `_` for a dot."""
    named = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    where = [{"partition_index": number, "broker_ids": brokers} for number, brokers in placed]
    return {
        "name": name,
        "num_partitions": partitions,
        "replication_factor": replicas,
        "assignments": where,
        "configs": named,
    }


def make(*topics: dict[str, Any], dry: bool = False, timeout: int = 5000) -> dict[str, Any]:
    """CreateTopics."""
    return {"topics": list(topics), "timeout": timeout, "validate_only": dry}


def sets(kind: int, name: str, *changes: tuple[str, int, str | None]) -> dict[str, Any]:
    """One resource of IncrementalAlterConfigs, with (setting, operation, value)."""
    changed = [{"name": key, "config_operation": how, "value": value} for key, how, value in changes]
    return {"resource_type": kind, "resource_name": name, "configs": changed}


def looks(*resources: tuple[int, str, Any], synonyms: bool = False) -> dict[str, Any]:
    """DescribeConfigs of (kind, name, settings)."""
    asked = [
        {"resource_type": kind, "resource_name": name, "configuration_keys": keys} for kind, name, keys in resources
    ]
    return {"resources": asked, "include_synonyms": synonyms, "include_documentation": False}


class Stage:
    """Where plays are played: one broker, and the answers of all steps.

    Args:
        address: Of the broker.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._wires: dict[str, Wire] = {}
        self.answers: list[tuple[str, Any]] = []

    def ask(self, name: str, key: int, version: int, fields: dict[str, Any], *, by: str = "wire") -> Any:
        """Asks, and keeps the answer; `by` is the client's id, each with a connection of its own."""
        if by not in self._wires:
            self._wires[by] = Wire(self._address, by)
            self._wires[by].patience(5)
        try:
            answer: Any = self._wires[by].ask(key, version, fields)
        except (OutOfBoundValue, ConnectionError, TimeoutError) as error:
            answer = type(error).__name__
            self._wires.pop(by).close()
        self.answers.append((name, answer))
        return answer

    def ask_all(self, rows: Iterable[tuple[str, int, int, dict[str, Any]]]) -> None:
        """Asks one after the other."""
        for row in rows:
            self.ask(*row)

    def instead(self, value: Any) -> None:
        """Keeps that of the last answer, of which the rest hangs on chance or on plays before."""
        self.answers[-1] = (self.answers[-1][0], value)

    def together(self, *asked: tuple[str, str, int, int, dict[str, Any]]) -> list[Any]:
        """Several clients ask at once, each (client's id, name, API key, version, fields); kept in their order."""

        def one(each: tuple[str, str, int, int, dict[str, Any]]) -> tuple[str, Any]:
            by, name, key, version, fields = each
            stage = Stage(self._address)
            stage._wires = self._wires
            stage.ask(name, key, version, fields, by=by)
            return stage.answers[0]

        with ThreadPoolExecutor(len(asked)) as pool:
            found = list(pool.map(one, asked))
        self.answers += found
        return [answer for _, answer in found]

    def quietly(self, key: int, version: int, fields: dict[str, Any]) -> Any:
        """Asks without keeping what is answered."""
        answer = self.ask("", key, version, fields)
        self.answers.pop()
        return answer

    def wait_for_coordinators(self) -> None:
        """Until groups and transactions are answered."""
        deadline = time.monotonic() + _PATIENCE
        new = {"transactional_id": "warm", "transaction_timeout": 60_000, "producer_id": -1, "producer_epoch": -1}
        group = {"groups": [{"group_id": "warm", "topics": None}], "require_stable": False}
        ready = False
        while not ready:
            assert time.monotonic() < deadline, "the broker has no coordinators"
            for kind in (0, 1):
                self.quietly(10, 4, {"key_type": kind, "coordinator_keys": ["warm"]})
            held = self.quietly(9, 8, group)["groups"][0]["error_code"]
            ready = held == "none" and self.quietly(22, 4, new)["error_code"] == "none"
            time.sleep(0.1)

    def close(self) -> None:
        for wire in self._wires.values():
            wire.close()
