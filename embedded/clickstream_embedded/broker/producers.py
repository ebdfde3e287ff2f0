"""Idempotent producers: sequence numbers per producer and partition (KIP-98)."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.batches import CONTROL, BatchHeader
from clickstream_embedded.broker.errors import KafkaApiError

_KEPT_BATCHES = 5  # what a producer may have in flight, so what a retry can repeat
_NO_EPOCH = -1
_KEPT_PRODUCERS = 10_000
_SEQUENCES = 2**31  # sequence numbers wrap from 2^31 - 1 to 0


@dataclass(slots=True)
class _Producer:
    epoch: int
    timestamp: int = -1  # ms: the latest of its last batch
    coordinator_epoch: int = -1  # of the last marker
    batches: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=_KEPT_BATCHES))


def _last_sequence(header: BatchHeader) -> int:
    return (header.base_sequence + header.last_offset_delta) % _SEQUENCES


class ProducerStates:
    """What each idempotent producer last wrote to one partition."""

    def __init__(self) -> None:
        self._producers: OrderedDict[int, _Producer] = OrderedDict()

    def __iter__(self) -> Iterator[tuple[int, int, int, int, int]]:
        """(producer id, epoch, last sequence number, last time in ms, epoch of the coordinator) of each."""
        for producer_id, producer in sorted(self._producers.items()):
            last = producer.batches[-1][1] if producer.batches else -1
            yield producer_id, producer.epoch, last, producer.timestamp, producer.coordinator_epoch

    def duplicate_of(self, header: BatchHeader) -> int | None:
        """The offset where this very batch was written before, or None where it is the next one.

        Raises KafkaApiError for an old epoch or a gap in the sequence.
        """
        producer = self._producers.get(header.producer_id)
        if header.producer_epoch < (_NO_EPOCH if producer is None else producer.epoch):
            raise KafkaApiError(ErrorCode.invalid_producer_epoch)
        if producer is None:
            return None
        if header.producer_epoch > producer.epoch:
            if header.base_sequence != 0:
                raise KafkaApiError(ErrorCode.out_of_order_sequence_number)
            return None
        last = _last_sequence(header)
        for first_seen, last_seen, offset in producer.batches:
            if first_seen == header.base_sequence and last_seen == last:
                return offset
        if producer.batches and header.base_sequence != (producer.batches[-1][1] + 1) % _SEQUENCES:
            raise KafkaApiError(ErrorCode.out_of_order_sequence_number)
        return None

    def epochs_of(self, producer_id: int) -> tuple[int, int]:
        """(its epoch, that of the coordinator which wrote its last marker), -1 where there is none."""
        producer = self._producers.get(producer_id)
        return (-1, -1) if producer is None else (producer.epoch, producer.coordinator_epoch)

    def appended(self, header: BatchHeader, offset: int, coordinator_epoch: int = 0) -> None:
        """Notes a batch that was written at `offset`."""
        producer = self._producers.get(header.producer_id)
        if producer is None or producer.epoch != header.producer_epoch:
            producer = self._producers[header.producer_id] = _Producer(header.producer_epoch)
        producer.timestamp = header.max_timestamp
        if header.attributes & CONTROL:  # has no sequence number, but its epoch shuts older producers out
            producer.coordinator_epoch = coordinator_epoch
            return
        producer.batches.append((header.base_sequence, _last_sequence(header), offset))
        self._producers.move_to_end(header.producer_id)
        while len(self._producers) > _KEPT_PRODUCERS:
            self._producers.popitem(last=False)

    def forget_before(self, oldest: int, is_busy: Callable[[int], bool]) -> None:
        """Forgets those whose last batch is no later than `oldest` (ms), but for who has a transaction open."""
        for producer_id, producer in list(self._producers.items()):
            if producer.timestamp <= oldest and not is_busy(producer_id):
                del self._producers[producer_id]
