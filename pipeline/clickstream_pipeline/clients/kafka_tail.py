"""A topic as it is followed: one owned thread a tail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaException, TopicPartition

TIMEOUT = 5.0
_LOOK = 5.0  # seconds of silence after which the broker is asked whether it lives
_GATHER = 0.05  # seconds between two batches of a tail
_MOST, _AT_ONCE = 5_000, 500  # messages of a batch; those that are made in one go, which lets nobody else run
_WAIT = 0.5  # seconds for which nothing comes before it is asked whether the tail has ended
# a few records at a time cost more, here and in the broker, than what is in them: the broker gathers for a moment
_FETCH = {"fetch_min_bytes": 65_536, "fetch_wait_max_ms": 200}


class Cluster(Protocol):
    """What a tail asks of the client that started it."""

    @property
    def bootstrap(self) -> str:
        """The addresses of the brokers, as they were given."""
        ...

    def consumer(self, group: str, **more: Any) -> Consumer:
        """A new consumer that commits nothing; `more` are options of librdkafka with `_` in place of `.`."""
        ...

    def explain(self, error: KafkaException) -> Exception:
        """The error in the words of this project."""
        ...


class Tail:
    """A thread that reads one topic and hands over batches of messages; it owns its consumer."""

    def __init__(
        self, client: Cluster, topic: str, start: str, deliver: Callable[[list[Any]], None], failed: Callable[[str], None],
        partition: int | None = None,
    ) -> None:  # fmt: skip
        self._client = client
        self._topic = topic
        self._start = start
        self._deliver = deliver
        self._failed = failed
        self._partition = partition
        self._silent = False
        self._looked = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"tail-{topic}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread without waiting for it."""
        self._stop.set()

    def join(self, timeout: float = 5.0) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        consumer = self._client.consumer("clickstream-tui-tail", **_FETCH)
        try:
            if not self._assign(consumer):
                return
            while not self._stop.is_set():
                messages = consumer.consume(1, _WAIT)  # waits for the first only
                if messages:
                    while len(messages) < _MOST and (more := consumer.consume(_AT_ONCE, 0)):
                        messages += more
                    self._stop.wait(_GATHER)  # many wake-ups for a few records each cost more than the records
                good = [message for message in messages if message.error() is None]
                if self._stop.is_set():
                    break  # whoever listens has gone on to something else
                if good:
                    self._told("")
                    self._deliver(good)
                for error in [each for message in messages if (each := message.error()) is not None]:
                    self._told(f"Kafka at {self._client.bootstrap}: {error.str()}")
                if not messages:
                    self._look_whether_it_lives(consumer)
        except KafkaException as error:
            self._failed(str(self._client.explain(error)))
        finally:
            consumer.close()

    def _told(self, reason: str) -> None:
        """Tells why nothing comes, once; "" once it comes again."""
        if bool(reason) != self._silent:
            self._silent = bool(reason)
            self._failed(reason)

    def _look_whether_it_lives(self, consumer: Consumer) -> None:
        """A quiet topic and a dead broker look the same to a consumer, so the broker is asked now and then."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        try:
            consumer.list_topics(self._topic, timeout=2)
        except KafkaException as error:
            self._told(str(self._client.explain(error)))
        else:
            self._told("")

    def _assign(self, consumer: Consumer) -> bool:
        """Waits for the topic, then seeks."""
        while not self._stop.is_set():
            try:
                topics = consumer.list_topics(timeout=2).topics
            except KafkaException as error:
                self._failed(str(self._client.explain(error)))
                self._stop.wait(1.0)
                continue
            if self._topic in topics and topics[self._topic].partitions:
                numbers = list(topics[self._topic].partitions)
                if self._partition is not None:
                    numbers = [number for number in numbers if number == self._partition]
                    if not numbers:
                        self._failed(f"The topic '{self._topic}' has no partition {self._partition}")
                        return False
                places = [place_in(consumer, self._topic, number, self._start)[0] for number in numbers]
                consumer.assign(places)
                self._failed("")
                return True
            self._failed(f"There is no topic '{self._topic}' yet; waiting for it")
            self._stop.wait(0.5)
        return False


def place_in(consumer: Consumer, topic: str, partition: int, start: str) -> tuple[TopicPartition, int]:
    """(where to begin in a partition, where it ends now). Raises KafkaException."""
    place = TopicPartition(topic, partition)
    low, high = consumer.get_watermark_offsets(place, timeout=TIMEOUT)
    if start == "beginning":
        place.offset = low
    elif start == "end":
        place.offset = high
    elif start.startswith("@"):
        place.offset = min(max(low, int(start[1:])), high)
    elif start.startswith("-"):
        place.offset = max(low, high + int(start))
    else:
        place.offset = int(start)
        found = consumer.offsets_for_times([place], timeout=TIMEOUT)[0].offset
        place.offset = high if found < 0 else found
    return place, high
