"""One query, the same records, three ways: one by one, in batches, and with restarts between; all must agree.

`python -m tests.fuzz.differential [--minutes M] [--seed N]` prints the seed of each difference and ends with one JSON
object; `--seed` alone runs that one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import MetaStore
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.planning.sources import create_source
from clickstream_embedded.ksqldb.planning.topology import Topology
from clickstream_embedded.ksqldb.runtime.checkpoint_store import CheckpointStore
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_ksql import ast
from clickstream_ksql.parser import parse
from tests.fuzz.queries import SOURCES, Message, Queries, records

Results = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Difference:
    """What two ways did not agree on."""

    seed: int
    query: str
    way: str
    expected: Results
    actual: Results

    def __str__(self) -> str:
        at = next(
            (n for n, (a, b) in enumerate(zip(self.expected, self.actual, strict=False)) if repr(a) != repr(b)),
            min(len(self.expected), len(self.actual)),
        )
        return (f"seed {self.seed}: {self.way} differs in result {at} of {len(self.expected)} and {len(self.actual)}\n"
                f"  {self.query}\n  {self.expected[at : at + 2]}\n  {self.actual[at : at + 2]}")  # fmt: skip


class Case:
    """The query and the records of one seed."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.seed = seed
        self.text = Queries(chance).query()
        self._messages = records(chance, chance.choice((20, 60, 150)))
        self._cuts = sorted(chance.sample(range(1, len(self._messages)), chance.choice((1, 3, 8))))
        self._metastore = MetaStore()
        for parsed in parse(SOURCES):
            source: Any = parsed.statement
            self._metastore.sources[source.name] = create_source(source, self._metastore, {})
        self.errors: list[Exception] = []

    def _plan(self, *, cached: bool = False) -> Topology:
        statement = parse(self.text)[0].statement
        assert isinstance(statement, ast.CreateAs)
        return plan(
            analyze(statement.query, self._metastore), transient=False, cached=cached, on_error=self._note, name="q"
        )

    def _note(self, _: str, error: Exception) -> None:
        self.errors.append(error)

    @staticmethod
    def _feed(topology: Topology, messages: list[Message], *, single: bool) -> None:
        readers = [(side.source.topic, Codec(side.source).reader(), node) for side, node in topology.inputs]
        for topic, read, node in readers if len(readers) == 1 else ():
            batch = [_read(read, message) for message in messages if message[0] == topic]
            for part in [[record] for record in batch] if single else [batch]:
                node.process(part)
        if len(readers) == 1:
            return
        pending: list[Any] = []
        for number, message in enumerate(messages):
            for topic, read, node in readers:
                if topic == message[0]:
                    pending.append(_read(read, message))
                    follows = number + 1 < len(messages) and messages[number + 1][0] == topic
                    if single or not follows:
                        node.process(pending)
                        pending = []

    def one_by_one(self) -> Results:
        """What comes out, each record by itself. Raises KsqlError where the query is refused."""
        topology = self._plan()
        self._feed(topology, self._messages, single=True)
        return _shown(topology.output.take())

    @property
    def leaves_stale_rows(self) -> bool:
        """Whether without a cache rows stay in the sink that HAVING let in once.

        Kafka's KStreamSessionWindowAggregate forwards what a session became without what it was, so a HAVING behind it
        cannot tell that a row has to go where a record changes a session but not its bounds; its cache forwards both.
        """
        return "WINDOW SESSION" in self.text and "HAVING" in self.text

    def in_batches(self, *, cached: bool, single: bool = False) -> tuple[Results, bool]:
        """What comes out of batches (of one record with `single`), with a flush behind each where results are cached;
        whether it is a table."""
        topology = self._plan(cached=cached)
        out: Results = []
        for part in [[message] for message in self._messages] if single else self._parts():
            self._feed(topology, part, single=False)
            if cached:
                topology.flush()
            out += _shown(topology.output.take())
        return out, topology.is_table

    def restored(self, folder: Path) -> Results:
        """What comes out where the query starts anew from its checkpoint between batches."""
        out: Results = []
        path = folder / "state.sqlite"
        for part in self._parts():
            store, topology = CheckpointStore(path), self._plan()
            store.load("q", [*topology.stores])
            for node in topology.nodes:  # as the runner does: what comes out then is for its own table only
                node.restore()
            topology.flush()
            topology.output.take()
            self._feed(topology, part, single=False)
            out += _shown(topology.output.take())
            store.commit("q", topology.stores, {})
            store.close()
        return out

    def _parts(self) -> list[list[Message]]:
        places = [0, *self._cuts, len(self._messages)]
        return [self._messages[a:b] for a, b in itertools.pairwise(places)]


def _read(read: Any, message: Message) -> Any:
    _, key, value, moment = message
    data = None if value is None else json.dumps(value).encode()
    return read(None if key is None else struct.pack(">i", key), data, moment, 0, 0, [])


def _shown(batch: list[Any]) -> Results:
    return [(key, row, moment, window) for key, row, moment, window, _ in batch]


def _by_key(results: Results) -> Results:
    """The results of each key in their order."""
    return sorted(results, key=lambda result: repr(result[0]))


def _table(results: Results) -> Results:
    """The last row of each key and window."""
    rows = {repr((key, window)): (key, window, row) for key, row, _, window in results}
    return sorted((entry for entry in rows.values() if entry[2] is not None), key=repr)


def check(seed: int) -> list[Difference] | None:
    """What the ways of one seed do not agree on; None where its query is refused."""
    case = Case(seed)
    try:
        expected = case.one_by_one()
    except KsqlError:
        return None
    found: list[Difference] = []

    def compare(way: str, a: Results, b: Results) -> None:
        if repr(a) != repr(b):
            found.append(Difference(seed, case.text, way, a, b))

    batched, is_table = case.in_batches(cached=False)
    compare("a batch", expected, batched)
    cached, _ = case.in_batches(cached=True)
    if is_table and "EMIT FINAL" not in case.text:
        single = case.in_batches(cached=True, single=True)[0] if case.leaves_stale_rows else expected
        compare("a cached batch", _table(single), _table(cached))
    with tempfile.TemporaryDirectory() as folder:
        # a state has no order among its keys: what several of them emit at once may come in another one
        compare("a restart", _by_key(expected), _by_key(case.restored(Path(folder))))
    return found


def run(seconds: float, first: int, say: Callable[[Difference], None]) -> dict[str, int]:
    """Seeds from `first` on until the time is over. Returns how many were run, were refused and differed."""
    counts = {"run": 0, "refused": 0, "differences": 0, "next_seed": first}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = check(counts["next_seed"])
        counts["next_seed"] += 1
        counts["run" if found is not None else "refused"] += 1
        for difference in found or ():
            counts["differences"] += 1
            say(difference)
    return counts


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    if options.seed is not None and not options.minutes:
        found = check(options.seed)
        _say("refused" if found is None else "\n".join(map(str, found)) or "no difference")
        return 1 if found else 0
    first = random.randrange(10**9) if options.seed is None else options.seed
    _say(f"seeds from {first}")
    counts = run(60 * (options.minutes or 1), first, _say)
    _say(json.dumps(counts))
    return 1 if counts["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
