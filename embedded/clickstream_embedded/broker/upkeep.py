"""What a broker does by itself from time to time, as often as Kafka's settings say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from clickstream_embedded.broker.broker import Broker
from clickstream_embedded.broker.offset_expiry import expire_offsets
from clickstream_embedded.memory import give_back

log = logging.getLogger("broker")


async def _compact(broker: Broker) -> None:
    if broker.settings.value("log.cleaner.enable") != "false":
        await asyncio.to_thread(broker.topics.compact, broker.clock())
        broker.topics.apply_retention(broker.clock(), compacted=True)
    give_back()


async def _retain(broker: Broker) -> None:
    broker.topics.apply_retention(broker.clock(), compacted=False)


async def _delete_files(broker: Broker) -> None:
    broker.topics.delete_files(broker.clock())


async def _forget_producers(broker: Broker) -> None:
    broker.topics.forget_producers(broker.clock())


async def _abort_late_transactions(broker: Broker) -> None:
    broker.transactions.abort_late()
    broker.purgatory.wake_all()


async def _forget_transactions(broker: Broker) -> None:
    broker.transactions.forget_unused(broker.settings.number("transactional.id.expiration.ms"))


async def _expire_offsets(broker: Broker) -> None:
    expire_offsets(broker)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done again and again; `setting` has the milliseconds between two times, or `period` where Kafka has none."""

    do: Callable[[Broker], Awaitable[None]]
    setting: str = ""
    period: int = 0

    def pause(self, broker: Broker) -> float:
        """Seconds until the next time."""
        return max(broker.settings.number(self.setting) if self.setting else self.period, 1) / 1000


CHORES = (
    Chore(_retain, "log.retention.check.interval.ms"),
    Chore(_compact, "log.cleaner.backoff.ms"),
    Chore(_delete_files, period=30_000),
    Chore(_forget_producers, period=600_000),  # producer.id.expiration.check.interval.ms, which no client is shown
    Chore(_abort_late_transactions, "transaction.abort.timed.out.transaction.cleanup.interval.ms"),
    Chore(_forget_transactions, "transaction.remove.expired.transaction.cleanup.interval.ms"),
    Chore(_expire_offsets, "offsets.retention.check.interval.ms"),
)


async def _again_and_again(broker: Broker, chore: Chore) -> None:
    while True:
        await asyncio.sleep(chore.pause(broker))
        try:
            await chore.do(broker)
        except OSError:  # such as a full disk, which may have room the next time
            log.exception("%s failed", chore.do.__name__)


def begin(broker: Broker) -> list[asyncio.Task[None]]:
    """Starts all of it; who ends the broker cancels the tasks."""
    return [asyncio.create_task(_again_and_again(broker, each)) for each in CHORES]
