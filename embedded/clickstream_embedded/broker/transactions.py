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

_LAST_EPOCH = 2**15 - 2

Place = tuple[str, int]  # topic, partition


class Outcome(Protocol):
    """What the broker does where a transaction ends."""

    def end_in_partition(
        self, place: Place, producer_id: int, epoch: int, *, committed: bool, only_open: bool = False
    ) -> None: ...

    def commit_offsets(self, group: str, offsets: dict[Place, Committed]) -> None: ...

    def keeper_of(self, group: str) -> int: ...


@dataclass(slots=True)
class Transaction:
    """A transactional id: its producer and, while it is Ongoing, what belongs to its transaction. Times in ms."""

    transactional_id: str
    producer_id: int
    epoch: int
    timeout: int
    last_epoch: int = -1  # from which it came to this one, where its producer named it
    state: str = "Empty"
    started: int = -1
    changed: int = 0
    partitions: set[Place] = field(default_factory=set[Place])
    groups: dict[str, dict[Place, Committed]] = field(default_factory=dict[str, dict[Place, Committed]])

    def bump(self, known: int | None) -> None:
        """Begins the next epoch; `known` is the one that its producer gives. Raises KafkaApiError where that is none."""
        if known is None or self.epoch in (-1, known):
            self.epoch, self.last_epoch = self.epoch + 1, -1 if known is None else self.epoch
        elif known != self.last_epoch:  # else it asks once more for what it was given
            raise KafkaApiError(ErrorCode.producer_fenced)


def _packed(transaction: Transaction) -> str:
    groups = [
        [group, [[*place, *asdict(offset).values()] for place, offset in offsets.items()]]
        for group, offsets in transaction.groups.items()
    ]
    return json.dumps([
        transaction.producer_id, transaction.epoch, transaction.timeout, transaction.state, transaction.started,
        transaction.changed, sorted(transaction.partitions), groups, transaction.last_epoch,
    ])  # fmt: skip


def _unpacked(transactional_id: str, packed: str) -> Transaction:
    producer_id, epoch, timeout, state, started, changed, partitions, groups, *last = json.loads(packed)
    places = {(topic, partition) for topic, partition in partitions}
    offsets = {name: {(t, p): Committed(*offset) for t, p, *offset in each} for name, each in groups}
    return Transaction(
        transactional_id, producer_id, epoch, timeout, last[0] if last else -1, state, started, changed, places, offsets
    )


class Transactions:
    """All transactional ids of the broker. Methods raise KafkaApiError with the error code of Kafka's coordinator."""

    def __init__(
        self, path: Path, outcome: Outcome, new_producer_id: Callable[[], int], clock: Callable[[], int],
        longest: int = 900_000,
    ) -> None:  # fmt: skip
        """`longest` is the timeout (ms) that a producer may ask for at most."""
        self._longest = longest
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
        if not 0 < timeout <= self._longest:
            raise KafkaApiError(ErrorCode.invalid_transaction_timeout)
        transaction = self._all.get(transactional_id)
        if transaction is None:
            transaction = Transaction(transactional_id, self._new_producer_id(), -1, timeout)
            self._all[transactional_id] = transaction
        elif producer_id >= 0 and producer_id != transaction.producer_id:
            raise KafkaApiError(ErrorCode.producer_fenced)
        if transaction.state == "Ongoing":  # its producer asks again, once that is done
            transaction.timeout = timeout
            transaction.epoch, transaction.last_epoch = transaction.epoch + 1, -1
            self._end(transaction, committed=False)
            raise KafkaApiError(ErrorCode.concurrent_transactions)
        transaction.bump(epoch if producer_id >= 0 else None)
        transaction.timeout = timeout
        if transaction.epoch > _LAST_EPOCH:
            transaction.producer_id, transaction.epoch, transaction.last_epoch = self._new_producer_id(), 0, -1
        transaction.state, transaction.started = "Empty", -1
        self._save(transaction)
        return transaction

    def _of(self, transactional_id: str, producer_id: int, epoch: int) -> Transaction:
        transaction = self._all.get(transactional_id)
        if transaction is None or transaction.producer_id != producer_id:
            raise KafkaApiError(ErrorCode.invalid_producer_id_mapping)
        if transaction.epoch != epoch:
            raise KafkaApiError(ErrorCode.producer_fenced)
        return transaction

    def check(self, transactional_id: str, producer_id: int, epoch: int, group: str) -> Transaction:
        """The transaction to which a producer's offsets of a group belong.

        Raises KafkaApiError where that is not the newest producer of that id, or has not added the group. Once it has
        written offsets in this transaction its id alone tells it, as in Kafka, which asks the coordinator only before.
        """
        for each in self._all.values():
            if each.producer_id == producer_id and each.state == "Ongoing" and any(each.groups.values()):
                if epoch < each.epoch:
                    raise KafkaApiError(ErrorCode.invalid_producer_epoch)
                return each
        if not transactional_id:
            raise KafkaApiError(ErrorCode.invalid_request)
        transaction = self._of(transactional_id, producer_id, epoch)
        # what a transaction adds is not a group but the partition that keeps its offsets, and those of others with it
        added = {self._outcome.keeper_of(each) for each in transaction.groups}
        if transaction.state != "Ongoing" or self._outcome.keeper_of(group) not in added:
            raise KafkaApiError(ErrorCode.transaction_abortable)
        return transaction

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
        transaction = self.check(transactional_id, producer_id, epoch, group)
        transaction.groups.setdefault(group, {}).update(offsets)
        self._save(transaction)

    def pending(self, group: str) -> set[Place]:
        """Places whose committed offset an open transaction may change."""
        return {place for each in self._all.values() for place in each.groups.get(group, ())}

    def verify(self, transactional_id: str, producer_id: int, epoch: int, place: Place) -> None:
        """Raises KafkaApiError where that producer's open transaction has not that partition (KIP-890)."""
        transaction = self._of(transactional_id, producer_id, epoch)
        if place not in transaction.partitions:
            raise KafkaApiError(ErrorCode.transaction_abortable)

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

    def abort_late(self) -> None:
        """Aborts what is open for longer than its timeout."""
        now = self._clock()
        for transaction in self:
            if transaction.state == "Ongoing" and now - transaction.started > transaction.timeout:
                transaction.epoch += 1  # the late producer may not go on
                self._end(transaction, committed=False)

    def forget_unused(self, keep: int) -> None:
        """Forgets ids that nobody used for `keep` ms and that have nothing open."""
        now = self._clock()
        for transaction in self:
            if transaction.state in ("Empty", "CompleteCommit", "CompleteAbort") and now - transaction.changed >= keep:
                del self._all[transaction.transactional_id]
                self._database.execute("DELETE FROM transactions WHERE id = ?", (transaction.transactional_id,))

    def forget_all(self) -> None:
        """Forgets every transactional id."""
        self._all = {}
        self._database.execute("DELETE FROM transactions")

    def close(self) -> None:
        self._database.close()
