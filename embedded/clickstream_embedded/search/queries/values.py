"""Single values of a query's text, as the server's parser of JSON gives them out: texts, numbers, truth values."""

from __future__ import annotations

import math
from typing import Any

from clickstream_embedded.search.errors import SearchError, illegal
from clickstream_embedded.search.numbers import java_double

_TOKENS = {dict: "START_OBJECT", list: "START_ARRAY", str: "VALUE_STRING", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT",
           type(None): "VALUE_NULL"}  # fmt: skip
_WHERE = "\n at [Source: (byte[]); line: 1, column: 1]"


def _jackson(value: Any) -> str:
    """The name that the reader of JSON itself has for a value's first token."""
    return f"VALUE_{value}".upper() if isinstance(value, bool) else _TOKENS[type(value)]


def _token(value: Any) -> str:
    name = _jackson(value)
    return {"VALUE_TRUE": "VALUE_BOOLEAN", "VALUE_FALSE": "VALUE_BOOLEAN"}.get(
        name, name.removesuffix("_INT").removesuffix("_FLOAT")
    )


def no_text(container: Any, key: Any) -> SearchError:
    """What is said where a text is wanted and there is none."""
    return SearchError(
        500, "illegal_state_exception", f"Can't get text on a {_token(container[key])} at 1:1", at=(container, key)
    )


def text(container: Any, key: Any) -> str:
    """A text, also of a number or a truth value. Raises SearchError."""
    given = container[key]
    if given is None or isinstance(given, dict | list):
        raise no_text(container, key)
    return str(given).lower() if isinstance(given, bool) else str(given)


def decimal(container: Any, key: Any) -> float:
    """A number, also as text. Raises SearchError."""
    given = container[key]
    if isinstance(given, str):
        try:
            found = float(given.strip().rstrip("dDfF"))
        except ValueError:
            told = f'For input string: "{given}"' if given.strip() else "empty String"
            raise SearchError(400, "number_format_exception", told) from None
        return found if math.isfinite(found) or "n" in given.lower() else math.inf
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise SearchError(500, "json_parse_exception", f"Current token ({_jackson(given)}) not numeric, can not use numeric value "
                          f"accessors{_WHERE}", at=(container, key))  # fmt: skip
    return given


_MOST = 2**31 - 1


def whole(container: Any, key: Any) -> int:
    """A whole number of 32 bits, also as text. Raises SearchError."""
    found = decimal(container, key)
    if isinstance(container[key], str):
        return max(min(int(found) if math.isfinite(found) else _MOST, _MOST), -_MOST - 1)
    if not -_MOST - 1 <= found <= _MOST:
        shown = container[key] if isinstance(container[key], int) else java_double(float(container[key]))
        more = "" if isinstance(container[key], int) else f" ({-_MOST - 1} - {_MOST})"
        raise SearchError(
            500,
            "json_parse_exception",
            f"Numeric value ({shown}) out of range of int{more}{_WHERE}",
            at=(container, key),
        )
    return int(found)


def truth(container: Any, key: Any) -> bool:
    """A truth value, also as text. Raises SearchError."""
    given = container[key]
    if isinstance(given, bool):
        return given
    if isinstance(given, str):
        if given not in ("true", "false", ""):
            raise illegal(f"Failed to parse value [{given}] as only [true] or [false] are allowed.")
        return given == "true"
    raise SearchError(
        500,
        "json_parse_exception",
        f"Current token ({_jackson(given)}) not of boolean type{_WHERE}",
        at=(container, key),
    )


def fuzziness(container: Any, key: Any) -> None:
    """Raises SearchError for what no fuzziness is read from."""
    given = container[key]
    if given == "":
        raise illegal("fuzziness can't be null!")
    if not isinstance(given, str | int | float) or isinstance(given, bool):
        raise illegal(f"Can't parse fuzziness on token: [{_token(given)}]")


def operator(given: str) -> None:
    """Raises SearchError for what is neither and nor or."""
    if given.lower() not in ("or", "and"):
        raise illegal(f"No enum constant org.elasticsearch.index.query.Operator.{given.upper()}")
