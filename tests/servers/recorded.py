"""What the real servers answered, as a digest a request, so that ours are held to it where no real one runs.

`python -m tests.servers.side_by_side --real --record` writes the files of `tests/servers/recorded/`: a line a request, its key and the
digest of the real answer. A request that was changed, or is new, has no line until the real server is asked again.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.servers.exchanges import Answer, Exchange, Side, canonical

EQUAL = 0.98  # of the requests are answered as the real server did
_PYTHON = re.compile(r"Traceback|NoneType|(Key|Type|Value|Attribute|Index|Assertion)Error\b|has no attribute|<class '")
FOLDER = Path(__file__).parent / "recorded"
_KEY, _DIGEST = 12, 10  # characters


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def keys() -> Callable[[Exchange], str]:
    """Gives each request of a run its key; the same request sent again has another one."""
    seen: Counter[str] = Counter()

    def key(exchange: Exchange) -> str:
        told = repr((exchange.kind, exchange.method, exchange.path, exchange.body, exchange.headers))
        seen[told] += 1
        return _hash(f"{told} {seen[told]}", _KEY)

    return key


def digest(answer: Answer, volatile: frozenset[str]) -> str:
    """A digest that equal answers share, as `exchanges.differences` takes them to be equal.

    Args:
        answer: what a server said.
        volatile: keys of which only the type counts.
    """
    return _hash(json.dumps([answer.status, canonical(answer.body, volatile)], sort_keys=True, default=repr), _DIGEST)


def save(name: str, answers: Iterator[tuple[str, str]]) -> None:
    """Writes the keys and digests of one side."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.txt").write_text("".join(f"{key} {told}\n" for key, told in answers))


def load(name: str) -> dict[str, str]:
    """The digests of one side, by key; empty where none were recorded."""
    file = FOLDER / f"{name}.txt"
    lines: list[Any] = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return dict(lines)


def hold(name: str) -> list[tuple[Exchange, Answer]]:
    """Asks ours all requests of a side, and gives what it said.

    Raises AssertionError where too many are unlike, or one has a word of Python's.
    """
    side: Side = importlib.import_module(f"tests.servers.{name}_requests")  # type: ignore[assignment]
    wanted, key = load(side.NAME), keys()
    asked, unlike, python, given = 0, [], [], []
    with side.ours() as ours:
        for exchange in side.exchanges():
            answer = ours(exchange)
            given.append((exchange, answer))
            if _PYTHON.search(json.dumps(answer.body, default=repr)):
                python.append(f"{exchange.name}: {answer}"[:400])
            if exchange.quiet or (told := wanted.get(key(exchange))) is None:
                continue
            asked += 1
            if told != digest(answer, side.VOLATILE):
                unlike.append(exchange.name)
    assert not python, "\n".join(python)
    assert asked >= 0.9 * len(wanted) > 1_000, f"{asked} of {len(wanted)} recorded requests were sent"
    assert len(unlike) <= (1 - EQUAL) * asked, "\n".join(unlike)
    return given
