"""DELIMITED as Apache Commons CSV and Java's number readers have it."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_embedded.ksqldb.errors import SerializationError
from clickstream_embedded.ksqldb.formats.text_formats import DelimitedFormat
from clickstream_embedded.ksqldb.types import sql_types as t
from clickstream_embedded.ksqldb.types.schema import Column

ROW = DelimitedFormat(
    (
        Column("S", t.STRING),
        Column("I", t.INTEGER),
        Column("B", t.BOOLEAN),
        Column("P", t.decimal(4, 2)),
        Column("D", t.DATE),
    )
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("abc", "abc,1"), ("", '"",1'), (None, ",1"), ("-x", '"-x",1'), ("é", '"é",1'), ("a,b", '"a,b",1'),
        ('a"b', '"a""b",1'), ("x ", '"x ",1'), ("a\nb", '"a\nb",1'), ("7", "7,1"),
    ],
)  # fmt: skip
def test_a_cell_at_the_start_of_a_line_is_quoted_where_it_must(text: str | None, written: str) -> None:
    form = DelimitedFormat((Column("S", t.STRING), Column("I", t.INTEGER)))
    assert form.encode((text, 1)) == written.encode()


def test_cells_behind_the_first_are_quoted_less() -> None:
    form = DelimitedFormat((Column("I", t.INTEGER), Column("S", t.STRING)))
    assert [form.encode((1, text)) for text in ("-x", "é", "", None, "#")] == [
        b"1,-x", "1,é".encode(), b"1,", b"1,", b'1,"#"'
    ]  # fmt: skip


def test_numbers_are_not_trimmed_and_flags_are_true_or_not() -> None:
    read: Any = ROW.decode
    assert read(b" a ,1,TRUE,1.50,5")[:3] == (" a ", 1, True)
    assert read(b"a,1, true ,1.5,5")[2] is False
    for wrong in (
        b"a, 1,true,1.5,5",
        b"a,1,true, 1.5,5",
        b"a,1,true,1.5, 5",
        b"a,1_0,true,1.5,5",
        b'"a"b,1,true,1.5,5',
        b'"a',
    ):
        with pytest.raises(SerializationError):
            read(wrong)
