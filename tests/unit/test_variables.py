"""Variables stand for texts within quotes, and for one name or literal outside of them."""

from __future__ import annotations

import pytest

from clickstream_embedded.ksqldb.api.variables import substitute
from clickstream_ksql.errors import KsqlSyntaxError


@pytest.mark.parametrize(("text", "variables", "statement"), [
    ("A '${x}' ${x} ${X};", {"X": "1"}, "A '1' 1 1;"),
    ("A '$${x}';", {"X": "1"}, "A '${x}';"),
    ("A '$${x}';", {}, "A '$${x}';"),
    ("A '${y}' -- ${y}\n`${y}` /* ${y} */;", {"X": "1"}, "A '${y}' -- ${y}\n`${y}` /* ${y} */;"),
    ("A '${x}';", {"X": "it's"}, "A 'it''s';"),
    ("A ${x};", {"X": "'it''s'"}, "A 'it''s';"),
    ("A ${x};", {"X": "-1.5e3"}, "A -1.5e3;"),
    ("A ${x};", {"X": "True"}, "A True;"),
    ("A ${x};", {"X": "`ab`"}, "A `ab`;"),
])  # fmt: skip
def test_a_variable_is_replaced(text: str, variables: dict[str, str], statement: str) -> None:
    assert substitute(text, variables) == statement


@pytest.mark.parametrize("value", ["a b", "1k", "@a", "a; DROP STREAM B", "`a b`", "a.b", ""])
def test_what_is_more_than_a_name_or_a_literal_is_refused(value: str) -> None:
    with pytest.raises(KsqlSyntaxError) as refused:
        substitute("A\n  ${x};", {"X": value})
    assert refused.value.message == (
        "Illegal argument at Line: 2, Col: 3. Identifier names cannot start with '@' and may only contain alphanumeric "
        f"values and '_'. Got: '{value}'"
    )


def test_a_variable_that_is_not_known_is_refused_outside_of_quotes() -> None:
    with pytest.raises(KsqlSyntaxError, match=r"Line: 1, Col: 15\. Source names .* Got: '\$\{NAME\}'"):
        substitute("CREATE STREAM ${name} (A INT);", {})
    with pytest.raises(KsqlSyntaxError, match=r"Line: 1, Col: 15\. Identifier names .* Got: '\$\{name\}'"):
        substitute("CREATE STREAM ${name} (A INT);", {"X": "1"})
