"""Statements with records in and out, a file an area: blocks between lines of `====`.

A line `# text` names the block, `> topic key value [time in ms]` is a record in, `< key value [start-end]` one that the
last query writes (all of them, in order), `= schema` the last query's columns, `! text` the refusal of the last
statement (a part of its message). All else is SQL.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_ksql.errors import KsqlSyntaxError
from tests.conformance.compare import same
from tests.conformance.offline import Message, OfflineEngine, Produced, input_message, run_query, run_statements

_FILES = sorted(Path(__file__).parent.joinpath("records").glob("*.txt"))
_JSON = json.JSONDecoder(parse_float=Decimal)


@dataclass
class Block:
    name: str
    sql: str = ""
    records: list[tuple[str, Any, Any, int]] = field(default_factory=list[tuple[str, Any, Any, int]])
    results: list[tuple[Any, Any, str]] = field(default_factory=list[tuple[Any, Any, str]])
    refusal: str | None = None
    schema: str | None = None


def _pair(text: str) -> tuple[Any, Any, str]:
    key, end = _JSON.raw_decode(text)
    text = text[end:].strip()
    value, end = _JSON.raw_decode(text)
    return key, value, text[end:].strip()


def _block(name: str, text: str) -> Block:
    block = Block(name)
    for line in text.strip().splitlines():
        mark, rest = line[:2], line[2:]
        if mark == "# ":
            block.name = f"{name}: {rest}"
        elif mark == "> ":
            topic, _, record = rest.partition(" ")
            key, value, time = _pair(record)
            block.records.append((topic, key, value, int(time or 0)))
        elif mark == "< ":
            block.results.append(_pair(rest))
        elif mark == "! ":
            block.refusal = rest.replace("\\n", "\n")
        elif mark == "= ":
            block.schema = rest
        else:
            block.sql += line + "\n"
    return block


_BLOCKS = [
    _block(f"{file.stem} {number}", text)
    for file in _FILES
    for number, text in enumerate(file.read_text("utf-8").split("\n====\n"))
]


@pytest.mark.parametrize("block", _BLOCKS, ids=lambda block: block.name)
def test_what_queries_make_of_records(block: Block, tmp_path: Path) -> None:
    engine = OfflineEngine(tmp_path)
    try:
        if block.refusal is not None:
            with pytest.raises((KsqlError, KsqlSyntaxError)) as caught:
                run_statements(engine, [block.sql], {})
            assert block.refusal in str(getattr(caught.value, "message", caught.value))
            return
        run_statements(engine, [block.sql], {})
        written = _run(engine, block)
        last = engine.planned[-1]
        if block.schema is not None:
            assert last.sink.schema.text() == block.schema
        if block.results or block.schema is None:
            shown = [(p.key, p.value, "" if p.window is None else f"{p.window[0]}-{p.window[1]}") for p in written]
            assert len(shown) == len(block.results), shown
            for actual, expected in zip(shown, block.results, strict=True):
                assert same(expected[0], actual[0]), shown
                assert same(expected[1], actual[1]), shown
                assert expected[2] == actual[2], shown
    finally:
        engine.close()


def _run(engine: OfflineEngine, block: Block) -> list[Produced]:
    by_topic = {source.topic: source for source in reversed(engine.metastore.sources.values())}
    inputs: list[tuple[str, Message]] = [
        (topic, input_message({"key": key, "value": value, "timestamp": time}, by_topic.get(topic)))
        for topic, key, value, time in block.records
    ]
    listed = {topic for topic, _ in inputs}
    written: list[Produced] = []
    for query in engine.planned:
        topics = {side.source.topic for side, _ in query.topology.inputs}
        feed = [(topic, message) for topic, message in inputs if topic in topics]
        for topic in sorted(topics - listed):
            feed += [(topic, message) for message in engine.topics.logs.get(topic, [])]
        written = run_query(engine, query, feed)
        engine.topics.logs.setdefault(query.sink.topic, []).extend(result.message for result in written)
    return written
