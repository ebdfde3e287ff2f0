"""Completion knows the grammar and the names of the server."""

from __future__ import annotations

import pytest

from clickstream_ksql.completion import Names, complete

NAMES = Names(
    ("CLICKSTREAM", "EVENTS_PER_MIN", "odd name"),
    {"CLICKSTREAM": ("IP", "STATUS", "USERID"), "EVENTS_PER_MIN": ("EVENTS", "K1")}, ("COUNT", "UCASE"),
)  # fmt: skip


def texts(text: str) -> list[str]:
    return [each.text for each in complete(text, len(text), NAMES)]


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        ("", ["SELECT", "CREATE"], ["FROM"]),
        ("SEL", ["SELECT"], ["CREATE"]),
        ("SELECT * FROM ", ["CLICKSTREAM", "`odd name`"], ["IP", "COUNT("]),
        ("SELECT * FROM EV", ["EVENTS_PER_MIN"], ["CLICKSTREAM"]),
        ("SELECT ", ["IP", "COUNT(", "CASE"], ["CLICKSTREAM"]),
        ("SELECT U", ["UCASE(", "USERID"], ["IP"]),
        ("SELECT * FROM CLICKSTREAM WHERE ", ["STATUS"], ["EVENTS"]),
        ("SELECT * FROM CLICKSTREAM WHERE STATUS ", ["BETWEEN", "IS", "LIKE"], ["STATUS"]),
        ("CREATE ", ["STREAM", "TABLE", "OR"], ["SELECT"]),
        ("SHOW TABLES; SEL", ["SELECT"], ["SHOW"]),
        ("SELECT * FROM A EMIT ", ["CHANGES", "FINAL"], ["IP"]),
    ],
)
def test_what_may_come_next(text: str, there: list[str], absent: list[str]) -> None:
    found = texts(text)
    assert set(there) <= set(found)
    assert not set(absent) & set(found)


@pytest.mark.parametrize("text", ["SELECT 'a ", "-- SEL", "SELECT FROM FROM ", "SELECT * FROM A WHERE )"])
def test_nothing_in_texts_comments_and_wrong_statements(text: str) -> None:
    assert texts(text) == []


def test_a_suggestion_says_what_it_replaces() -> None:
    (suggestion,) = [each for each in complete("SELECT * FROM ev", 16, NAMES) if each.kind == "source"]
    assert (suggestion.text, suggestion.replaces) == ("EVENTS_PER_MIN", 2)
