"""The broker's state, shared by the handlers of all APIs."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from clickstream_embedded.broker.groups import Coordinator
from clickstream_embedded.broker.offsets import OffsetStore
from clickstream_embedded.broker.topics import Topic, Topics, check_name

log = logging.getLogger("broker")

NODE_ID = 1
MAX_PARTITIONS = 1000  # in one topic: each costs an open file


def _now_ms() -> int:
    return int(time.time() * 1000)


class Broker:
    """One node: topics, groups and what waits for them."""

    def __init__(self, data: Path, host: str, port: int, clock: Callable[[], int] = _now_ms) -> None:
        self.host = host
        self.port = port
        self.clock = clock
        self.topics = Topics(data / "topics")
        self.offsets = OffsetStore(data / "offsets.sqlite")
        self.coordinator = Coordinator(lambda: str(uuid.uuid4()))
        self.cluster_id = self._identity(data / "cluster-id")
        self._producer_id_file = data / "producer-id"
        self._any_arrival = asyncio.Event()

    @staticmethod
    def _identity(path: Path) -> str:
        if not path.exists():
            path.write_text(uuid.uuid4().hex[:22])
        return path.read_text()

    def next_producer_id(self) -> int:
        """A producer id that was never given before."""
        number = int(self._producer_id_file.read_text()) + 1 if self._producer_id_file.exists() else 1000
        self._producer_id_file.write_text(str(number))
        return number

    def auto_create(self, name: str) -> Topic:
        """`auto.create.topics.enable`: one partition, default settings. Raises InvalidTopic."""
        check_name(name)
        log.info("topic %s made on first use", name)
        return self.topics.create(name, 1, {})

    def arrived(self) -> None:
        """Wakes the fetches that wait for records."""
        self._any_arrival.set()
        self._any_arrival = asyncio.Event()

    def arrival(self) -> asyncio.Event:
        """An event that the next append sets."""
        return self._any_arrival

    def close(self) -> None:
        self.coordinator.close()
        self.topics.close()
        self.offsets.close()
