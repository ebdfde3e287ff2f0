"""Twenty times kill -9 of the broker under an idempotent producer and a consumer group."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # pyright: ignore[reportPrivateImportUsage]

from tests.processes import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
KILLS, PARTITIONS = 20, 2


class Writer(threading.Thread):
    """Produces numbers until told to stop; knows which the broker has acknowledged."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(daemon=True)
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 2, "log_level": 0,
             "delivery.timeout.ms": 120_000, "reconnect.backoff.max.ms": 200}
        )  # fmt: skip
        self.acked: set[int] = set()
        self.refused: list[str] = []
        self._stop_asked = threading.Event()

    def _told(self, number: int, error: object) -> None:
        if error is None:
            self.acked.add(number)
        else:
            self.refused.append(f"{number}: {error}")

    def run(self) -> None:
        number = 0
        while not self._stop_asked.is_set():
            try:
                self._producer.produce(
                    "numbers", str(number).encode(), partition=number % PARTITIONS,
                    on_delivery=lambda error, _, n=number: self._told(n, error),
                )  # fmt: skip
                number += 1
            except BufferError:
                pass
            self._producer.poll(0.0005)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()
        assert self._producer.flush(60) == 0


class Reader(threading.Thread):
    """A member of a group: what it reads, and the offsets that it has committed."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(daemon=True)
        self._settings = {"bootstrap.servers": bootstrap, "group.id": "readers", "auto.offset.reset": "earliest",
                          "enable.auto.commit": False, "log_level": 0, "reconnect.backoff.max.ms": 200}  # fmt: skip
        self.committed: dict[int, int] = {}
        self._stop_asked = threading.Event()

    def run(self) -> None:
        consumer = Consumer(self._settings)
        consumer.subscribe(["numbers"])
        while not self._stop_asked.is_set():
            messages = [m for m in consumer.consume(500, 0.1) if m.error() is None]
            if not messages:
                continue
            try:
                for place in consumer.commit(asynchronous=False) or []:
                    if place.error is None and place.offset >= 0:
                        self.committed[place.partition] = place.offset
            except KafkaException:
                continue  # the broker is away: the offsets are committed with the next records
        consumer.close()

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()


def test_acked_records_stay_and_offsets_do_not_go_back(tmp_path: Path) -> None:
    chance = random.Random(3)
    with Server("broker", tmp_path) as broker:
        admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
        admin.create_topics([NewTopic("numbers", PARTITIONS, 1)])["numbers"].result(10)
        writer, reader = Writer(broker.address), Reader(broker.address)
        writer.start()
        reader.start()
        checker = Consumer({"bootstrap.servers": broker.address, "group.id": "readers", "log_level": 0})
        for kill in range(KILLS):
            goal = len(writer.acked) + chance.randint(50, 1500)
            until(lambda goal=goal: len(writer.acked) >= goal, "records are acknowledged")
            before = dict(reader.committed)
            if kill % 5 == 4:  # most kills come before the group has come together again: some must not
                until(lambda before=before: reader.committed != before, "offsets are committed")
                before = dict(reader.committed)
            broker.kill()
            broker.start()
            places = [TopicPartition("numbers", number) for number in before]
            for place in checker.committed(places, 20) if places else []:
                assert place.offset >= before[place.partition], "a committed offset went back"
        writer.stop()
        reader.stop()
        checker.close()
        assert not writer.refused
        found = everything(broker.address)
    for number, values in found.items():
        assert values == sorted(set(values)), f"partition {number}: twice, or out of order"
    assert {value for values in found.values() for value in values} >= writer.acked
    assert reader.committed


def until(condition: object, what: str, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.005)


def everything(bootstrap: str) -> dict[int, list[int]]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "all", "log_level": 0})
    places = [TopicPartition("numbers", number, 0) for number in range(PARTITIONS)]
    ends = {p.partition: consumer.get_watermark_offsets(p, timeout=10)[1] for p in places}
    consumer.assign(places)
    found: dict[int, list[int]] = {number: [] for number in ends}
    at = dict.fromkeys(ends, 0)

    def all_read() -> bool:
        for message in consumer.consume(5000, 0.1):
            assert message.error() is None
            partition = message.partition() or 0
            found[partition].append(int(message.value() or b""))
            at[partition] = (message.offset() or 0) + 1
        return all(at[number] >= end for number, end in ends.items())

    until(all_read, "all records are read")
    consumer.close()
    return found
