"""The form of queries of one field and of flat options: what the server's parsers say of each token, in the order of the text.

Each parser is data: which options it knows, how it reads each, and what it says of a token that it does not expect. The rules
are those of Elasticsearch 7.5's query builders (`fromXContent`), seen on 7.5.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search.errors import illegal, parsing
from clickstream_embedded.search.queries.values import decimal, fuzziness, no_text, operator, text, truth

Reader = Callable[[str, Any, str], None]


def _text_or_null(kind: str, container: Any, key: str) -> None:
    if container[key] is not None:
        text(container, key)


def _zero_terms(kind: str, container: Any, key: str) -> None:
    if str(text(container, key)).lower() not in ("none", "all"):
        raise parsing(f"Unsupported zero_terms_query value [{text(container, key)}]", container, key)


def _bytes(kind: str, container: Any, key: str) -> None:
    """A value of any type; an object's or an array's tokens are read as if they were the query's own."""
    given = container[key]
    if isinstance(given, dict) and given:
        name, inner = next(iter(given.items()))
        if name not in FIELDS[kind].options:
            at: tuple[Any, Any] = (given, name)
            raise parsing(f"[{kind}] query does not support [{name}]", *at)
        if isinstance(inner, dict):
            _bytes(kind, given, name)


_READ: dict[str, Reader] = {
    "text": lambda kind, container, key: void(text(container, key)), "text?": _text_or_null, "bytes": _bytes,
    "number": lambda kind, container, key: void(decimal(container, key)),
    "truth": lambda kind, container, key: void(truth(container, key)), "zero": _zero_terms,
    "fuzziness": lambda kind, container, key: fuzziness(container, key),
    "operator": lambda kind, container, key: operator(text(container, key)),
}  # fmt: skip


def void(_: Any) -> None:
    """A value that was read only to see that it can be."""


@dataclass(frozen=True, slots=True)
class Form:
    """One parser: its options, and what it says where a token is none that it expects ("": it reads on as the option does)."""

    options: dict[str, str]
    unexpected: str = "unknown token"
    lists: tuple[str, ...] = ()  # options that may be arrays
    unknown: str = "[{kind}] query does not support [{key}]"

    def read(self, kind: str, given: dict[str, Any]) -> None:
        """Raises SearchError for the first token that the parser does not take."""
        for key, value in given.items():
            if self.unexpected and (value is None or isinstance(value, dict | list)):
                if isinstance(value, list) and key in self.lists:
                    continue
                if isinstance(value, list) and self.lists:
                    raise parsing(f"[{kind}] query does not support [{key}]", given, key)
                if kind == "multi_match" and key == "fields":
                    raise parsing("[multi_match] query does not support [fields]", given, key)
                raise parsing(f"[{kind}] {self.unexpected} [{token(value)}] after [{key}]", given, key)
            if key not in self.options:
                raise parsing(self.unknown.format(kind=kind, key=key), given, key)
            _READ[self.options[key]](kind, given, key)


def token(value: Any) -> str:
    """The name of a value's first token in messages."""
    if isinstance(value, dict):
        return "START_OBJECT"
    if isinstance(value, list):
        return "START_ARRAY"
    if isinstance(value, str):
        return "VALUE_STRING"
    if value is None:
        return "VALUE_NULL"
    return "VALUE_BOOLEAN" if isinstance(value, bool) else "VALUE_NUMBER"


_ALWAYS = {"boost": "number", "_name": "text"}
_FUZZY = {"fuzziness": "fuzziness", "prefix_length": "number", "max_expansions": "number", "fuzzy_transpositions": "truth",
          "fuzzy_rewrite": "text?"}  # fmt: skip
_MATCH = {"query": "text?", "analyzer": "text", **_ALWAYS, **_FUZZY, "operator": "operator", "minimum_should_match": "text?",
          "lenient": "truth", "cutoff_frequency": "number", "zero_terms_query": "zero", "auto_generate_synonyms_phrase_query": "truth"}  # fmt: skip
_PHRASE = {"query": "text?", "analyzer": "text", **_ALWAYS, "slop": "number", "zero_terms_query": "zero"}
_ENDS = dict.fromkeys(("from", "to", "gt", "gte", "lt", "lte"), "bytes")
# queries of one field: {field: value} or {field: {options}}
FIELDS: dict[str, Form] = {
    "match": Form(_MATCH), "match_phrase": Form(_PHRASE), "match_phrase_prefix": Form({**_PHRASE, "max_expansions": "number"}),
    "match_bool_prefix": Form({key: _MATCH[key] for key in ("query", "analyzer", "operator", "minimum_should_match", *_FUZZY, *_ALWAYS)}),
    "term": Form({"value": "bytes", "term": "bytes", **_ALWAYS}, ""),
    "prefix": Form({"value": "text?", "prefix": "text?", "rewrite": "text?", **_ALWAYS}, ""),
    "wildcard": Form({"value": "text", "wildcard": "text", "rewrite": "text?", **_ALWAYS}, ""),
    "regexp": Form({"value": "text?", "flags": "text?", "flags_value": "number", "max_determinized_states": "number",
                    "rewrite": "text?", **_ALWAYS}, ""),
    "fuzzy": Form({"value": "text?", "term": "text?", "fuzziness": "fuzziness", "prefix_length": "number", "max_expansions": "number",
                   "transpositions": "truth", "rewrite": "text?", **_ALWAYS}, "unexpected token"),
    "range": Form({**_ENDS, "include_lower": "truth", "include_upper": "truth", "format": "text", "time_zone": "text",
                   "relation": "text", **_ALWAYS}, ""),
}  # fmt: skip
_STRING = {"query": "text", "analyzer": "text", **_ALWAYS, "default_operator": "operator", "lenient": "truth", "analyze_wildcard": "truth",
           "minimum_should_match": "text?", "quote_field_suffix": "text?", "auto_generate_synonyms_phrase_query": "truth",
           "fuzzy_prefix_length": "number", "fuzzy_max_expansions": "number", "fuzzy_transpositions": "truth"}  # fmt: skip
# queries that are options only
FLAT: dict[str, Form] = {
    "exists": Form({"field": "text", **_ALWAYS}),
    "multi_match": Form({**_MATCH, "type": "text", "slop": "number", "tie_breaker": "number", "fields": "text"}, lists=("fields",)),
    "query_string": Form({**_STRING, "default_field": "text?", "quote_analyzer": "text", "allow_leading_wildcard": "truth",
                          "max_determinized_states": "number", "enable_position_increments": "truth", "escape": "truth",
                          "fuzzy_rewrite": "text?", "phrase_slop": "number", "fuzziness": "fuzziness", "tie_breaker": "number",
                          "rewrite": "text?", "time_zone": "text", "type": "text"}, lists=("fields",)),
    "simple_query_string": Form({**_STRING, "flags": "text"}, lists=("fields",), unknown="[simple_query_string] unsupported field [{key}]"),
}  # fmt: skip


@dataclass(slots=True)
class _Fields:
    """The one field that a query is of, while its tokens are read."""

    kind: str
    body: dict[str, Any]
    name: str | None = field(default=None)

    def take(self, name: str, container: Any, key: Any) -> None:
        """Raises SearchError for a second one."""
        if self.name is not None:
            raise parsing(
                f"[{self.kind}] query doesn't support multiple fields, found [{self.name}] and [{name}]", container, key
            )
        self.name = name


def check(kind: str, body: dict[str, Any]) -> None:
    """Raises SearchError where the query's text is not of the form that its parser takes."""
    if kind in FLAT:
        FLAT[kind].read(kind, body)
        return
    if kind not in FIELDS:
        return
    fields = _Fields(kind, body)
    for name, value in body.items():
        if isinstance(value, dict):
            fields.take(name, body, name)
            FIELDS[kind].read(kind, value)
            _fits(kind, value)
        elif kind in ("term", "range"):
            _value_or_nothing(kind, fields, name, value)
        elif kind == "regexp" and name == "_name":
            text(body, name)
        elif kind == "fuzzy" and isinstance(value, list):
            fields.take(name, body, name)
            found = "null" if value else name
            raise parsing(
                f"[fuzzy] query doesn't support multiple fields, found [{name}] and [{found}]",
                value,
                0 if value else None,
            )
        else:
            fields.take(name, body, name)
            if isinstance(value, list) or (value is None and kind == "wildcard"):
                raise no_text(body, name)
    _complete(fields)


def _value_or_nothing(kind: str, fields: _Fields, name: str, value: Any) -> None:
    """What two of the parsers make of a value that is no object: they pass over a null, and the one over arrays too."""
    if value is None:
        return
    if kind == "term" and isinstance(value, list):
        raise parsing("[term] query does not support array of values", fields.body, name)
    if kind == "term":
        fields.take(name, fields.body, name)
    elif isinstance(value, list):
        if value:
            raise parsing(f"[range] query does not support [{name}]", value, 0)
    elif name == "_name":
        text(fields.body, name)
    else:
        raise parsing(f"[range] query does not support [{name}]", fields.body, name)


_NO_FIELD = {**{kind: f"[{kind}] requires fieldName" for kind in ("match_phrase", "match_phrase_prefix", "match_bool_prefix")},
             "fuzzy": "field name cannot be null or empty"}  # fmt: skip
_NO_VALUE = {**{kind: f"[{kind}] requires query value" for kind in ("match_phrase", "match_phrase_prefix", "match_bool_prefix")},
             "fuzzy": "query value cannot be null", "regexp": "value cannot be null"}  # fmt: skip


def _complete(fields: _Fields) -> None:
    """Raises SearchError for a query without its field or its value, as far as its builder finds out."""
    kind = fields.kind
    if fields.name is None:
        if kind in _NO_FIELD:
            raise illegal(_NO_FIELD[kind])
        return
    given = fields.body[fields.name]
    values = [given.get(key) for key in ("query", "value", "term")] if isinstance(given, dict) else [given]
    if kind in _NO_VALUE and all(each is None for each in values):
        raise illegal(_NO_VALUE[kind])


_LEAST: dict[str, dict[str, tuple[float, str]]] = {
    "match": {"prefix_length": (0, "[match] requires prefix length to be non-negative."),
              "max_expansions": (1, "[match] requires maxExpansions to be positive.")},
    "match_phrase": {"slop": (0, "No negative slop allowed.")},
    "match_phrase_prefix": {"slop": (0, "No negative slop allowed."), "max_expansions": (0, "No negative maxExpansions allowed.")},
    "match_bool_prefix": {"prefix_length": (0, "[match_bool_prefix] requires prefix length to be non-negative."),
                          "max_expansions": (1, "[match_bool_prefix] requires maxExpansions to be positive.")},
}  # fmt: skip


def _fits(kind: str, given: dict[str, Any]) -> None:
    """Raises SearchError for a number that is too small: the builder says so once all was read."""
    for key, (least, told) in _LEAST.get(kind, {}).items():
        if key in given and given.get("query") is not None and int(float(given[key])) < least:
            raise illegal(told)
