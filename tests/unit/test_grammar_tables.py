"""The parser's tables as a file: read where they fit, made anew where they do not, harmless whatever stands in them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import lark
import pytest

from clickstream_ksql import lalr, scripts, tables
from clickstream_ksql.splitter import split

GRAMMAR = """
start: "LIST" NAME+ ";"
NAME: /(?!LIST)[A-Z]+/i
%ignore " "
"""
TEXT = "LIST A BCD;"


class Told:
    """An object whose unpickling would write a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.write_text, (self.file, "ran")


def made(file: Path) -> list[str]:
    return [str(token) for token in tables.load(GRAMMAR, file).parse(TEXT).children]


def test_a_second_load_reads_the_file_and_parses_the_same(tmp_path: Path) -> None:
    file = tmp_path / "grammar.tables"
    first = made(file)
    assert first == ["A", "BCD"]
    written = file.stat()
    assert made(file) == first
    assert file.stat().st_mtime_ns == written.st_mtime_ns
    assert file.stat().st_mode & 0o022 == 0
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda kept: b"", id="empty"),
        pytest.param(lambda kept: kept[:100], id="cut in its head"),
        pytest.param(lambda kept: kept[:-1], id="cut at its end"),
        pytest.param(lambda kept: kept[:-20] + bytes(20), id="changed"),
        pytest.param(lambda kept: bytes(64) + kept[64:], id="of another grammar"),
        pytest.param(lambda kept: kept + b"x", id="longer"),
    ],
)
def test_a_spoilt_file_is_as_none(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "grammar.tables"
    good = made(file)
    kept = file.read_bytes()
    file.write_bytes(spoil(kept))
    assert made(file) == good
    assert file.read_bytes()[:64] == kept[:64]


def test_what_stands_in_the_file_is_never_run(tmp_path: Path) -> None:
    file, ran = tmp_path / "grammar.tables", tmp_path / "ran"
    made(file)
    stamp = file.read_bytes()[:64]
    hostile = pickle.dumps(Told(ran))
    for content in (hostile, stamp + hostile):
        file.write_bytes(content)
        assert made(file) == ["A", "BCD"]
    assert not ran.exists()


def test_a_folder_that_cannot_be_written_leaves_the_parser_whole(tmp_path: Path) -> None:
    assert made(tmp_path / "absent" / "grammar.tables") == ["A", "BCD"]
    assert not (tmp_path / "absent").exists()


def test_the_statements_of_the_tutorial_parse_the_same_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lalr.grammar_text()
    monkeypatch.setattr(tables, "_restored", pytest.fail)  # the first must be made here
    fresh = tables.load(text, tmp_path / "grammar.tables")
    monkeypatch.undo()
    made_again = lark.Lark.__init__
    monkeypatch.setattr(lark.Lark, "__init__", pytest.fail)  # the second must not
    read = tables.load(text, tmp_path / "grammar.tables")
    monkeypatch.setattr(lark.Lark, "__init__", made_again)
    for name in ("statements", "analytics", "create-connectors"):
        for piece in split(scripts.load(name)):
            assert read.parse(piece.text) == fresh.parse(piece.text)
