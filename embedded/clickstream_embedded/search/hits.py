"""Hits as they are shown: parts of the source, values of fields, formats."""

from __future__ import annotations

import re
from typing import Any

import orjson

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.aggregations.metrics import decimal
from clickstream_embedded.search.errors import ShardError, content, illegal, parsing
from clickstream_embedded.search.mapping import REAL, WHOLE
from clickstream_embedded.search.numbers import java_double
from clickstream_embedded.search.queries.arguments import token
from clickstream_embedded.search.queries.base import Context
from clickstream_embedded.search.values import safe_name


class Source:
    """Which parts of a document's source are shown."""

    def __init__(self, includes: list[str], excludes: list[str], *, shown: bool = True) -> None:
        self.is_shown = shown
        self._includes = [each for each in includes if each]
        self._excludes = [each for each in excludes if each]

    def of(self, document: dict[str, Any]) -> dict[str, Any]:
        """The parts of a document."""
        if not self._includes and not self._excludes:
            return document
        found = self._part(document, "", not self._includes)
        return found if isinstance(found, dict) else {}

    def _part(self, value: Any, path: str, inside: bool) -> Any:
        if isinstance(value, dict):
            out: dict[str, Any] = {}
            for name, inner in value.items():
                whole = f"{path}.{name}" if path else str(name)
                if any(_covers(rule, whole) for rule in self._excludes):
                    continue
                taken = inside or any(_covers(rule, whole) for rule in self._includes)
                if isinstance(inner, dict | list):
                    part = self._part(inner, whole, taken)
                    if part is not None and (taken or part):
                        out[name] = part
                elif taken:
                    out[name] = inner
            return out
        if isinstance(value, list):
            parts = [
                self._part(each, path, inside) if isinstance(each, dict | list) else (each if inside else None)
                for each in value
            ]
            return [each for each in parts if inside or each] if inside or any(parts) else None
        return value if inside else None


def _covers(rule: str, path: str) -> bool:
    """Whether a rule such as `a.*`, `a`, `*.b` names the path itself."""
    pattern = re.escape(rule).replace(r"\*", ".*")
    return re.fullmatch(pattern, path) is not None or (
        not rule.endswith("*") and re.fullmatch(pattern + r"\..*", path) is not None
    )


def source_of(given: Any, body: dict[str, Any] | None = None) -> Source:
    """What `_source` of a request asks for; `body` is what it stands in. Raises SearchError."""
    if given in (None, True, "true"):
        return Source([], [])
    if given in (False, "false"):
        return Source([], [], shown=False)
    if isinstance(given, str):
        return Source([given], [])
    if isinstance(given, list):
        return Source([str(each) for each in given], [])
    if isinstance(given, dict):
        lists: list[list[str]] = [[], []]
        for key, value in given.items():
            place = {"includes": 0, "include": 0, "excludes": 1, "exclude": 1}.get(key)
            if place is None:
                raise parsing(f"Unknown key for a {token(value)} in [{key}].", given, key)
            if not isinstance(value, list | str):
                raise parsing(f"Unknown key for a {token(value)} in [{key}].", given, key)
            odd = (
                next((at for at, each in enumerate(value) if isinstance(each, dict | list)), None)
                if isinstance(value, list)
                else None
            )
            if odd is not None:
                raise parsing(f"Unknown key for a {token(value[odd])} in [{key}].", value, odd)
            lists[place] += [str(each) for each in (value if isinstance(value, list) else [value])]
        return Source(*lists)
    raise parsing(f"Expected one of [VALUE_BOOLEAN, START_OBJECT] but found [{token(given)}]", body, "_source")


class Docvalues:
    """`docvalue_fields` of a request."""

    def __init__(self, given: Any) -> None:
        """Raises SearchError."""
        self.fields: list[tuple[str, str | None]] = []
        for each in given if isinstance(given, list) else [] if given is None else [given]:
            if isinstance(each, str):
                self.fields.append((each, None))
            elif isinstance(each, dict):
                odd = next((key for key in each if key not in ("field", "format")), None)
                if odd is not None:
                    raise content(f"[script] unknown field [{odd}], parser not found", each, odd)
                if each.get("field") is None:
                    raise illegal("Required [field]")
                self.fields.append((str(each["field"]), each.get("format")))
            elif each is None or isinstance(each, list):
                raise parsing(f"Expected [START_OBJECT] but found [{token(each)}]")
            else:
                self.fields.append((str(each).lower() if isinstance(each, bool) else str(each), None))

    def of(self, values: dict[str, Any], context: Context) -> dict[str, list[Any]]:
        """The values of one document. Raises ShardError for a text field and a format that is none."""
        found: dict[str, list[Any]] = {}
        for pattern, form in self.fields:
            if "*" in pattern and re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), "_routing"):
                raise ShardError(
                    "illegal_argument_exception", "Fielddata is not supported on field [_routing] of type [_routing]"
                )
            for name in self._names(pattern, context):
                field = context.field(name)
                if field is None or field.kind == "object":
                    continue
                if not field.has_terms:
                    raise ShardError("illegal_argument_exception", "Fielddata is disabled on text fields by default. Set fielddata=true on "
                                     f"[{name}] in order to load fielddata in memory by uninverting the inverted index. Note that this can "
                                     "however use significant memory. Alternatively use a keyword field instead.")  # fmt: skip
                given = values.get(safe_name(name))
                if given is None:
                    continue
                each = sorted(given if isinstance(given, list) else [given])
                if field.kind == "keyword":
                    each = sorted(set(each))
                own = str(field.rule.get("format", times.DEFAULT_FORMAT))
                found.setdefault(name, []).extend(
                    _shown(value, field.kind, form if form not in (None, "use_field_mapping") else None, own)
                    for value in each
                )
        return found

    @staticmethod
    def _names(pattern: str, context: Context) -> list[str]:
        if "*" not in pattern:
            return [pattern]
        return [
            field.name
            for field in context.leaves()
            if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), field.name)
        ]


def _shown(value: Any, kind: str, form: str | None, own: str) -> Any:
    if kind == "date":
        try:
            return times.shown(int(value), form or own)
        except times.DateError as error:
            raise ShardError("illegal_argument_exception", str(error)) from None
    if kind == "ip":
        return kinds.ip_shown(value)
    if kind == "geo_point":
        return ", ".join(java_double(each) for each in kinds.place(value))
    if kind == "boolean":
        return bool(value)
    if kind in (*WHOLE, *REAL) and form:
        return decimal(float(value), form)
    if kind in WHOLE:
        return int(value)
    if kind in REAL:
        return float(value)
    return value


def decoded(text: str) -> Any:
    """A kept source or kept values."""
    return orjson.loads(text)


def filtered(body: Any, rules: list[str]) -> Any:
    """A whole answer restricted by `filter_path`: `hits.hits._id`, `**.key`, `-took`."""
    without = [rule[1:].split(".") for rule in rules if rule.startswith("-")]
    only = [rule.split(".") for rule in rules if not rule.startswith("-")]
    if only:
        found = _only(body, only)
        body = {} if found is _NOTHING else found
    return _without(body, without) if without else body


_NOTHING = object()


def _only(value: Any, rules: list[list[str]]) -> Any:
    if any(not rule for rule in rules):
        return value
    if isinstance(value, list):
        parts = [part for each in value if (part := _only(each, rules)) is not _NOTHING]
        return parts or _NOTHING
    if not isinstance(value, dict):
        return _NOTHING
    out: dict[str, Any] = {}
    for name, inner in value.items():
        rest = _following(rules, str(name))
        if rest:
            part = _only(inner, rest)
            if part is not _NOTHING:
                out[name] = part
    return out or _NOTHING


def _following(rules: list[list[str]], name: str) -> list[list[str]]:
    rest: list[list[str]] = []
    for rule in rules:
        first = rule[0] if rule else ""
        if first == "**":
            rest.append(rule)
            rest += _following([rule[1:]], name) if len(rule) > 1 else [[]]
        elif rule and re.fullmatch(re.escape(first).replace(r"\*", ".*"), name):
            rest.append(rule[1:])
    return rest


def _without(value: Any, rules: list[list[str]]) -> Any:
    if isinstance(value, list):
        parts = [_without(each, rules) for each in value]
        return [each for each, old in zip(parts, value, strict=True) if each != {} or old == {}]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for name, inner in value.items():
        rest = _following(rules, str(name))
        if any(not rule for rule in rest):
            continue
        part = _without(inner, rest) if rest else inner
        if not (isinstance(part, dict | list) and not part and inner):
            out[name] = part
    return out
