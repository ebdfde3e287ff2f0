"""The page of what peers have and complain about names nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.errors import Unreachable

ROOT = Path(__file__).resolve().parents[2]
_COMMAND = re.compile(r"python -m (\S+)")


def test_what_shows_a_row_is_there() -> None:
    rows = [row for row in (ROOT / "docs" / "peers.md").read_text("utf-8").splitlines() if row.startswith("| ")]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row.rstrip(" |").rpartition("|")[2])]
    assert len(named) > 60
    for name in named:
        command = _COMMAND.match(name)
        path = f"{command[1].replace('.', '/')}.py" if command is not None else name
        assert (ROOT / path).exists() or (ROOT / "tests" / path).exists(), name


async def test_a_statement_is_sent_once_whatever_becomes_of_it() -> None:
    sent: list[httpx.Request] = []

    def silent(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise httpx.ReadTimeout("no answer")

    client = KsqlClient("http://there:8088", httpx.MockTransport(silent))
    with pytest.raises(Unreachable, match="did not answer in time"):
        await client.execute("DROP TABLE T;")
    await client.close()
    assert len(sent) == 1
