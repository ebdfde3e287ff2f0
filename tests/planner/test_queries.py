"""Each file of `queries`: its first line is the schema of the last statement's result, or the refusal (`error_*`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.refusals import REFUSALS
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse
from tests.conformance.offline import OfflineEngine

_FILES = sorted(Path(__file__).parent.joinpath("queries").glob("*.sql"))
_PAGE = Path(__file__).parents[2] / "docs" / "ksqldb-refusals.md"


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_what_a_statement_becomes(file: Path, tmp_path: Path) -> None:
    first, text = file.read_text("utf-8").split("\n", 1)
    *before, last = parse(text)
    engine = OfflineEngine(tmp_path)
    for parsed in before:
        engine.run(parsed, {})
    expected = first.removeprefix("-- ")
    if file.stem.startswith("error_"):
        with pytest.raises(KsqlError) as caught:
            engine.run(last, {})
        assert expected in caught.value.message
    else:
        engine.run(last, {})
        assert engine.planned[-1].topology.schema.text() == expected


def test_the_page_of_refusals_has_each_template() -> None:
    page = _PAGE.read_text("utf-8")
    assert [
        name for name, each in REFUSALS.items() if f"| `{name}` | {each.template.splitlines()[0]}" not in page
    ] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE STREAM X (A INT,) WITH (KAFKA_TOPIC='x');", "line 1:24: Syntax Error\n"),
        ("SELECT A FROM X GROUP;", "line 1:22: Syntax Error\nExpecting 'BY'"),
        ("ALTER TABLE X ALTER COLUMN A INT;", "line 1:15: Syntax Error\nmissing 'ADD' at 'ALTER'"),
        ("SHOW THINGS;", "line 1:6: Syntax Error\nSyntax error at or near 'THINGS' at line 1:6"),
        ("INSRT INTO X VALUES (1);", "line 1:1: Syntax Error\nUnknown statement 'INSRT'\nDid you mean 'INSERT'?"),
    ],
)
def test_syntax_errors_are_worded_as_ksqldb_words_them(text: str, message: str) -> None:
    with pytest.raises(KsqlSyntaxError) as caught:
        parse(text)
    assert caught.value.message == message
