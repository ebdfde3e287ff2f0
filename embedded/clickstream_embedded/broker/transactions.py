"""The transaction coordinator (KIP-98, fencing by KIP-360): who has which transaction open, and how it ends.

What a transaction holds is on disk before it is answered, so an end that was decided is carried out after a crash
too: its markers are written again where they are missing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from kio.schema.errors import ErrorCode

from clickstream_embedded.broker.errors import KafkaApiError
from clickstream_embedded.broker.offsets import Committed

MAX_TIMEOUT_MS = 900_000  # transaction.max.timeout.ms
_EXPIRATION_MS = 7 * 24 * 3_600_000  # transactional.id.expiration.ms
_LAST_EPOCH = 2**15 - 2

Place = tuple[str, int]  # topic, partition


class Outcome(Protocol):
    """What the broker does where a transaction ends."""

    def end_in_partition(
        self, place: Place, producer_id: int, epoch: int, *, committed: bool, only_open: bool = False
    ) -> None: ...

    def commit_offsets(self, group: str, offsets: dict[Place, Committed]) -> None: ...


@dataclass(slots=True)
class Transaction:
    """A transactional id: its producer and, while it is Ongoing, what belongs to its transaction. Times in ms."""

    transactional_id: str
    producer_id: int
    epoch: int
    timeout: int
    state: str = "Empty"
    started: int = -1
    changed: int = 0
    partitions: set[Place] = field(default_factory=set[Place])
    groups: dict[str, dict[Place, Committed]] = field(default_factory=dict[str, dict[Place, Committed]])


def _packed(transaction: Transaction) -> str:
    groups = [
        [group, [[*place, *asdict(offset).values()] for place, offset in offsets.items()]]
        for group, offsets in transaction.groups.items()
    ]
    return json.dumps([
        transaction.producer_id, transaction.epoch, transaction.timeout, transaction.state, transaction.started,
        transaction.changed, sorted(transaction.partitions), groups,
    ])  # fmt: skip


def _unpacked(transactional_id: str, packed: str) -> Transaction:
    producer_id, epoch, timeout, state, started, changed, partitions, groups = json.loads(packed)
    places = {(topic, partition) for topic, partition in partitions}
    offsets = {name: {(t, p): Committed(*offset) for t, p, *offset in each} for name, each in groups}
    return Transaction(
        transactional_id, producer_id, epoch, timeout, state, started, changed, partitions=places, groups=offsets
    )


class Transactions:
    """All transactional ids of the broker. Methods raise KafkaApiError with the error code of Kafka's coordinator."""

    def __init__(
        self, path: Path, outcome: Outcome, new_producer_id: Callable[[], int], clock: Callable[[], int]
    ) -> None:
        self._outcome = outcome
        self._new_producer_id = new_producer_id
        self._clock = clock
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute("PRAGMA cache_size=-256")  # KiB: a few pages are all there is
        self._database.execute("CREATE TABLE IF NOT EXISTS transactions (id TEXT PRIMARY KEY, state TEXT)")
        rows = self._database.execute("SELECT id, state FROM transactions")
        self._all = {name: _unpacked(name, packed) for name, packed in rows}
        self._by_producer = {each.producer_id: each for each in self._all.values()}
        for transaction in self:
            if transaction.state.startswith("Prepare"):
                self._carry_out(transaction, only_open=True)

    def __iter__(self) -> Iterator[Transaction]:
        return iter([self._all[name] for name in sorted(self._all)])

    def get(self, transactional_id: str) -> Transaction | None:
        return self._all.get(transactional_id)

    def _save(self, transaction: Transaction) -> None:
        transaction.changed = self._clock()
        row = (transaction.transactional_id, _packed(transaction))
        self._database.execute("INSERT OR REPLACE INTO transactions VALUES (?, ?)", row)

    def begin(self, transactional_id: str, timeout: int, producer_id: int = -1, epoch: int = -1) -> Transaction:
        """InitProducerId: the producer of that id from now on. Ends what an earlier one left open and shuts it out.

        A producer that gives its own id and epoch (KIP-360) gets the next epoch, if it is still the newest.
        """
        if not 0 < timeout <= MAX_TIMEOUT_MS:
            raise KafkaApiError(ErrorCode.invalid_transaction_timeout)
        transaction = self._all.get(transactional_id)
        if transaction is None:
            transaction = Transaction(transactional_id, self._new_producer_id(), -1, timeout)
            self._all[transactional_id] = transaction
        elif producer_id >= 0 and (producer_id, epoch) != (transaction.producer_id, transaction.epoch):
            raise KafkaApiError(ErrorCode.producer_fenced)
        transaction.timeout = timeout
        transaction.epoch += 1
        if transaction.state == "Ongoing":  # its producer asks again, once that is done
            self._end(transaction, committed=False)
            raise KafkaApiError(ErrorCode.concurrent_transactions)
        if transaction.epoch > _LAST_EPOCH:
            self._by_producer.pop(transaction.producer_id, None)
            transaction.producer_id, transaction.epoch = self._new_producer_id(), 0
        transaction.state, transaction.started = "Empty", -1
        self._by_producer[transaction.producer_id] = transaction
        self._save(transaction)
        return transaction

    def _of(self, transactional_id: str, producer_id: int, epoch: int) -> Transaction:
        transaction = self._all.get(transactional_id)
        if transaction is None or transaction.producer_id != producer_id:
            raise KafkaApiError(ErrorCode.invalid_producer_id_mapping)
        if transaction.epoch != epoch:
            raise KafkaApiError(ErrorCode.producer_fenced)
        return transaction

    def check(self, transactional_id: str, producer_id: int, epoch: int, group: str) -> None:
        """Raises KafkaApiError where that is not the newest producer of that id, or has not added the group."""
        transaction = self._of(transactional_id, producer_id, epoch)
        if transaction.state != "Ongoing" or group not in transaction.groups:
            raise KafkaApiError(ErrorCode.invalid_txn_state)

    def _start(self, transaction: Transaction) -> None:
        if transaction.state != "Ongoing":
            transaction.state, transaction.started = "Ongoing", self._clock()

    def add_partitions(self, transactional_id: str, producer_id: int, epoch: int, places: set[Place]) -> None:
        """AddPartitionsToTxn: opens a transaction where none is."""
        transaction = self._of(transactional_id, producer_id, epoch)
        self._start(transaction)
        transaction.partitions |= places
        self._save(transaction)

    def add_group(self, transactional_id: str, producer_id: int, epoch: int, group: str) -> None:
        """AddOffsetsToTxn: the offsets of that group become part of the transaction."""
        transaction = self._of(transactional_id, producer_id, epoch)
        self._start(transaction)
        transaction.groups.setdefault(group, {})
        self._save(transaction)

    def commit_offsets(
        self, transactional_id: str, producer_id: int, epoch: int, group: str, offsets: dict[Place, Committed]
    ) -> None:
        """TxnOffsetCommit: keeps the offsets until the transaction commits."""
        self.check(transactional_id, producer_id, epoch, group)
        transaction = self._all[transactional_id]
        transaction.groups[group].update(offsets)
        self._save(transaction)

    def pending(self, group: str) -> set[Place]:
        """Places whose committed offset an open transaction may change."""
        return {place for each in self._all.values() for place in each.groups.get(group, ())}

    def check_append(self, producer_id: int, epoch: int, place: Place) -> None:
        """Whether a transactional batch may go there: only into an open transaction of the newest producer."""
        transaction = self._by_producer.get(producer_id)
        if transaction is None:
            raise KafkaApiError(ErrorCode.invalid_producer_id_mapping)
        if epoch != transaction.epoch:
            raise KafkaApiError(ErrorCode.invalid_producer_epoch)
        if transaction.state != "Ongoing" or place not in transaction.partitions:
            raise KafkaApiError(ErrorCode.invalid_txn_state, "Partition was not added to the transaction")

    def check_epoch(self, producer_id: int, epoch: int) -> None:
        """Whether a transactional batch is of the newest producer; what it wrote before is looked at only then."""
        transaction = self._by_producer.get(producer_id)
        if transaction is not None and epoch != transaction.epoch:
            raise KafkaApiError(ErrorCode.invalid_producer_epoch)

    def check_append_all(self, producer_id: int, epoch: int, places: set[Place]) -> None:
        """Whether the producer's open transaction has all those partitions."""
        for place in places:
            self.check_append(producer_id, epoch, place)

    def end(self, transactional_id: str, producer_id: int, epoch: int, *, committed: bool) -> None:
        """EndTxn; to end it again in the same way is allowed, as a retry does."""
        transaction = self._of(transactional_id, producer_id, epoch)
        if transaction.state == ("CompleteCommit" if committed else "CompleteAbort"):
            return
        if transaction.state != "Ongoing":
            raise KafkaApiError(ErrorCode.invalid_txn_state)
        self._end(transaction, committed=committed)

    def _end(self, transaction: Transaction, *, committed: bool) -> None:
        transaction.state = "PrepareCommit" if committed else "PrepareAbort"
        self._save(transaction)
        self._carry_out(transaction)

    def _carry_out(self, transaction: Transaction, *, only_open: bool = False) -> None:
        """Writes what is decided; `only_open` after a crash, as a part may have been written then."""
        committed = transaction.state == "PrepareCommit"
        for place in sorted(transaction.partitions):
            self._outcome.end_in_partition(
                place, transaction.producer_id, transaction.epoch, committed=committed, only_open=only_open
            )
        if committed:
            for group, offsets in transaction.groups.items():
                self._outcome.commit_offsets(group, offsets)
        transaction.partitions, transaction.groups = set(), {}
        transaction.state = f"Complete{'Commit' if committed else 'Abort'}"
        self._save(transaction)

    def expire(self) -> None:
        """Aborts what is open for longer than its timeout, and forgets ids that nobody used for a week."""
        now = self._clock()
        for transaction in self:
            if transaction.state == "Ongoing" and now - transaction.started > transaction.timeout:
                transaction.epoch += 1  # the late producer may not go on
                self._end(transaction, committed=False)
            elif transaction.state != "Ongoing" and now - transaction.changed > _EXPIRATION_MS:
                del self._all[transaction.transactional_id]
                self._by_producer.pop(transaction.producer_id, None)
                self._database.execute("DELETE FROM transactions WHERE id = ?", (transaction.transactional_id,))

    def close(self) -> None:
        self._database.close()
