"""Reading the bodies of queries: which keys each takes, and what is said of others."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search.errors import SearchError, content, illegal, parsing
from clickstream_embedded.search.queries.base import Build, Context, Query, Sql, pretty
from clickstream_embedded.search.queries.forms import token

__all__ = ["boost_of", "finished", "one_field", "options", "token", "truth", "whole"]
_ALWAYS = {"boost", "_name"}


def _with_boost(shown: Any, boost: float) -> Any:
    """A query as it is written, with another boost."""
    kind, inner = next(iter(shown.items()))
    if "boost" in inner:
        return {kind: {**inner, "boost": boost}}
    return {
        kind: {
            name: {**each, "boost": boost} if isinstance(each, dict) and "boost" in each else each
            for name, each in inner.items()
        }
    }


def options(kind: str, body: Any, known: set[str], *, strict: bool = False, words: str = "") -> dict[str, Any]:
    """The body of a query that takes options only.

    `strict` is of those with the newer parser, whose words differ; `words` are those of a query with its own.
    """
    if not isinstance(body, dict):
        raise parsing(f"[{kind}] query malformed, no start_object after query name")
    for key in body:
        if key not in known and key not in _ALWAYS:
            if strict:
                raise content(f"[{kind}] unknown field [{key}], parser not found", body, key, wrapped=True)
            raise parsing(words.format(key) or f"[{kind}] query does not support [{key}]", body, key)
    _boost(body)
    return body


def _boost(body: dict[str, Any]) -> None:
    if body.get("boost") is None:
        return
    try:
        float(body["boost"])
    except (TypeError, ValueError):
        told = f'For input string: "{body["boost"]}"' if body["boost"] != "" else "empty String"
        raise SearchError(400, "number_format_exception", told) from None


def one_field(
    kind: str, body: Any, known: set[str], short: str, outer: set[str] | None = None
) -> tuple[str, dict[str, Any]]:
    """(field, options) of a query of the form {field: value} or {field: {options}}.

    Args:
        kind: the query's name.
        body: what stands under it.
        known: the options that it takes.
        short: the option that a plain value stands for; "" where a plain value is refused.
        outer: options that may stand beside the field.
    """
    if not isinstance(body, dict):
        raise parsing(f"[{kind}] query malformed, no start_object after query name")
    beside = {
        key: value for key, value in body.items() if key in (_ALWAYS | (outer or set())) and not isinstance(value, dict)
    }
    fields = [key for key in body if key not in beside]
    if len(fields) > 1:
        raise parsing(
            f"[{kind}] query doesn't support multiple fields, found [{fields[0]}] and [{fields[1]}]", body, fields[1]
        )
    if not fields:
        if kind == "match":
            raise parsing("No text specified for text query", body)
        raise illegal("[match_phrase] requires fieldName" if kind == "match_phrase" else "field name is null or empty")
    given = body[fields[0]]
    if isinstance(given, list):
        raise _array(kind, body, fields[0])
    if isinstance(given, dict):
        for key in given:
            if key not in known and key not in _ALWAYS:
                raise parsing(f"[{kind}] query does not support [{key}]", given, key)
        found = {**given, **beside}
    elif not short:
        raise parsing(f"[{kind}] query does not support [{fields[0]}]", body, fields[0])
    else:
        found = {short: given, **beside}
    _boost(found)
    return fields[0], found


def _array(kind: str, body: dict[str, Any], name: str) -> SearchError:
    """What is said of an array where a value or an object is wanted."""
    if kind == "term":
        return parsing("[term] query does not support array of values", body, name)
    if kind == "fuzzy":
        first = [*body[name], None]
        return parsing(f"[fuzzy] query doesn't support multiple fields, found [{name}] and [null]", body[name],
                       0 if first[0] is not None else None)  # fmt: skip
    if kind.startswith("match"):
        return SearchError(500, "illegal_state_exception", "Can't get text on a START_ARRAY at 1:1", at=(body, name))
    return parsing(f"[{kind}] unknown token [START_ARRAY] after [{name}]", body, name)


def boost_of(given: dict[str, Any]) -> float:
    return 1.0 if given.get("boost") is None else float(given["boost"])


def finished(build: Build, given: dict[str, Any], shown: dict[str, Any]) -> Query:
    """A query with its `boost` and `_name` honoured."""
    boost, name = boost_of(given), given.get("_name")
    if boost < 0:
        told = pretty(_with_boost(shown, 1.0))
        raise illegal(f"negative [boost] are not allowed in [{told}], use a value between 0 and 1 to deboost")

    def run(context: Context) -> Sql:
        found = build(context)
        if name is not None:
            context.names[str(name).lower() if isinstance(name, bool) else str(name)] = found
        return found.scored(boost)

    return Query(run, shown)


def truth(kind: str, given: dict[str, Any], key: str, default: bool) -> bool:
    """A boolean option, also as text. Raises SearchError."""
    value = given.get(key, default)
    if value in (True, "true"):
        return True
    if value in (False, "false", ""):
        return False
    raise illegal(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")


def whole(given: dict[str, Any], key: str, default: int) -> int:
    """A whole option, also as text. Raises SearchError."""
    value = given.get(key, default)
    try:
        return int(float(value))
    except (TypeError, ValueError):
        raise SearchError(400, "number_format_exception", f'For input string: "{value}"') from None
