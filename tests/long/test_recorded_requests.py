"""Some 9,000 ordinary requests to our servers, held to what the real ones answered: see `tests/servers/recorded.py`."""

from __future__ import annotations

import importlib
import json
import re

import pytest

from tests.servers import recorded
from tests.servers.exchanges import Side

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

EQUAL = 0.98  # of the requests
PYTHON = re.compile(r"Traceback|NoneType|(Key|Type|Value|Attribute|Index|Assertion)Error\b|has no attribute|<class '")


@pytest.mark.parametrize("name", ["search", "connect", "broker"])
def test_ours_answers_as_the_real_one_did(name: str) -> None:
    side: Side = importlib.import_module(f"tests.servers.{name}_requests")  # type: ignore[assignment]
    wanted, key = recorded.load(side.NAME), recorded.keys()
    asked, unlike, python = 0, [], []
    with side.ours() as ours:
        for exchange in side.exchanges():
            answer = ours(exchange)
            if PYTHON.search(json.dumps(answer.body, default=repr)):
                python.append(f"{exchange.name}: {answer}"[:400])
            if exchange.quiet or (told := wanted.get(key(exchange))) is None:
                continue
            asked += 1
            if told != recorded.digest(answer, side.VOLATILE):
                unlike.append(exchange.name)
    assert not python, "\n".join(python)
    assert asked >= 0.9 * len(wanted) > 1_000, f"{asked} of {len(wanted)} recorded requests were sent"
    assert len(unlike) <= (1 - EQUAL) * asked, "\n".join(unlike)
