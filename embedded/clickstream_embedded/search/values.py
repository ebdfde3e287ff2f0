"""A document's values by field, as they are searched, sorted and aggregated (Lucene's terms and doc values)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.analysis import ANALYZERS
from clickstream_embedded.search.mapping import (
    NUMBERS,
    WHOLE,
    LimitError,
    Mapping,
    MappingError,
    check_size,
    kind_of,
    new_field,
)
from clickstream_embedded.search.numbers import RANGES, java_double, single

Values = dict[str, Any]


# what hits have of their own, and no document may bring (MapperService.META_FIELDS)
_META = ("_id", "_ignored", "_index", "_routing", "_size", "_timestamp", "_ttl", "_type")


class _Within(dict[str, Any]):
    """The rest of a name with dots as an object: no object of the document's text."""


@dataclass(slots=True)
class _Reader:
    """One document's way through a mapping, which grows by the fields that are new."""

    mapping: Mapping
    rules: list[dict[str, Any]]
    identifier: str
    found: dict[str, list[Any]]
    added: bool = False
    place: tuple[Any, Any] | None = None  # where in the document the reader is
    ignored: set[str] = field(default_factory=set[str])  # fields whose value was left out, which hits name

    def object(self, document: dict[str, Any], properties: dict[str, dict[str, Any]], path: str, dynamic: str) -> None:
        for name, value in document.items():
            if not isinstance(document, _Within):
                self.place = document, name
            if not path and name in _META:
                raise MappingError(f"Field [{name}] is a metadata field and cannot be added inside a document. Use the index API request "
                                   "parameters.")  # fmt: skip
            if not path and name == "_source":
                raise MappingError("Cannot generate dynamic mappings of type [_source] for [_source]")
            first, dot, rest = name.partition(".")
            if not name.strip(".") or (dot and not all(name.split("."))):
                raise MappingError("failed to parse", ("illegal_argument_exception",
                                   f"object field starting or ending with a [.] makes object resolution ambiguous: [{name}]"
                                   if name else "field name cannot be an empty string"))  # fmt: skip
            if dot:
                self.one(first, _Within({rest: value}), properties, path, dynamic)
            else:
                self.one(name, value, properties, path, dynamic)

    def one(self, name: str, value: Any, properties: dict[str, dict[str, Any]], path: str, dynamic: str) -> None:
        whole = path + name
        if value is None and name not in properties:
            return
        if isinstance(value, list):
            for at, each in enumerate(value):
                self.place = value, at
                if each is not None or name in properties:
                    self.one(name, each, properties, path, dynamic)
            return
        rule = properties.get(name)
        if rule is None:
            if dynamic == "false":
                return
            if dynamic == "strict":
                within = path.rstrip(".") or "_doc"
                raise MappingError(f"mapping set to strict, dynamic introduction of [{name}] within [{within}] is not allowed",
                                   kind="strict_dynamic_mapping_exception")  # fmt: skip
            dates = str(self.mapping.root.get("date_detection", True)).lower() != "false"
            rule = properties[name] = new_field(name, whole, kind_of(value, dates=dates), self.rules, value)
            self.added = True
        if "properties" in rule or rule.get("type") == "object":
            if value is None or str(rule.get("enabled", "true")).lower() == "false":
                return
            if not isinstance(value, dict):
                raise MappingError(
                    f"object mapping for [{whole}] tried to parse field [{name}] as object, but found a concrete value"
                )
            inner = str(rule.get("dynamic", dynamic)).lower()
            self.object(value, rule.setdefault("properties", {}), whole + ".", inner)
            return
        self.leaf(whole, value, rule)

    def leaf(self, path: str, value: Any, rule: dict[str, Any]) -> None:
        targets = [(path, rule)] + [(f"{path}.{name}", sub) for name, sub in (rule.get("fields") or {}).items()]
        for name, each in targets:
            given = each.get("null_value") if value is None else value
            if given is None or (given == "" and each["type"] in NUMBERS):
                continue
            try:
                kept = parsed(given, each)
            except (ValueError, OverflowError, TypeError) as error:
                if str(each.get("ignore_malformed", "false")).lower() == "true":
                    self.ignored.add(name)
                    continue
                raise self.refused(name, given, each, error) from None
            if isinstance(kept, list):
                self.found.setdefault(name, []).extend(kept)
            elif kept is None:
                self.ignored.add(name)
            else:
                self.found.setdefault(name, []).append(kept)

    def refused(self, name: str, value: Any, rule: dict[str, Any], error: Exception) -> MappingError:
        shown = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(value, dict):
            shown = "{" + ", ".join(f"{k}={v}" for k, v in value.items()) + "}"
        kind = rule["type"]
        cause = ("illegal_argument_exception", str(error))
        if kind in NUMBERS and isinstance(value, dict | bool):
            token = "START_OBJECT" if isinstance(value, dict) else f"VALUE_{str(value).upper()}"
            told = f"Current token ({token}) not numeric, can not use numeric value accessors\n at [Source: (byte[]); line: 1, column: 1]"
            cause = ("json_parse_exception", told)
        elif isinstance(value, dict):
            cause = ("illegal_state_exception", "Can't get text on a START_OBJECT at 1:1")
        elif kind == "long" and isinstance(value, float):
            shown = java_double(value)
            told = (f"Numeric value ({value}) out of range of long (-9223372036854775808 - 9223372036854775807)\n"
                    " at [Source: (byte[]); line: 1, column: 1]")  # fmt: skip
            cause = ("json_parse_exception", told)
        form = str(rule.get("format", times.DEFAULT_FORMAT))
        told = "Failed to parse with all enclosed parsers" if "||" in form else times.mismatch(str(shown), form)
        inner = {"type": "date_time_parse_exception", "reason": told} if kind == "date" else None
        found = MappingError(
            f"failed to parse field [{name}] of type [{kind}] in document with id '{self.identifier}'. "
            f"Preview of field's value: '{shown}'", cause, inner=inner,
        )  # fmt: skip
        found.at = self.place
        return found


def _number(value: Any, kind: str) -> float | int:
    if isinstance(value, bool):
        raise ValueError("Current token (VALUE_TRUE) not numeric, can not use numeric value accessors")
    if isinstance(value, dict):
        raise TypeError("an object")
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().lstrip("+-").isdigit() else float(value.strip())
        except ValueError:
            raise ValueError(f'For input string: "{value}"' if value else "empty String") from None
    if kind in WHOLE:
        most = RANGES[kind]
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"Value [{value}] is out of range for {_article(kind)}")
        whole = int(value)
        if not -most <= whole < most:
            raise ValueError(f"Value [{value}] is out of range for {_article(kind)}")
        return whole
    real = single(float(value)) if kind == "float" else float(value)
    if not math.isfinite(real):
        raise ValueError(f"[{kind}] supports only finite values, but got [{'Infinity' if real > 0 else '-Infinity'}]")
    return real


def _article(kind: str) -> str:
    return f"{'an' if kind == 'integer' else 'a'} {kind}"


def parsed(value: Any, rule: dict[str, Any]) -> Any:
    """A value as the type of its field keeps it: None for what is not kept, a list of terms for a text.

    Raises ValueError, TypeError or OverflowError for what does not fit.
    """
    kind = rule["type"]
    if isinstance(value, dict):
        raise TypeError("an object")
    if kind in ("keyword", "text"):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if kind == "text":
            return ANALYZERS[rule.get("analyzer", "standard")](text)
        return text if len(text) <= int(rule.get("ignore_above", 2**31)) else None
    if kind == "boolean":
        if value in (True, "true"):
            return 1
        if value in (False, "false", ""):
            return 0
        raise ValueError(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")
    if kind == "date":
        if isinstance(value, bool):
            raise ValueError(
                f"failed to parse date field [{str(value).lower()}] with format [{rule.get('format', times.DEFAULT_FORMAT)}]"
            )
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return times.parse(text, str(rule.get("format", times.DEFAULT_FORMAT)))
    return _number(value, kind)


def safe_name(name: str) -> str:
    """A field's name as a key that a path of SQLite can name; only odd characters change."""
    return "".join("\ufffd" if each in '"\\' or each < " " else each for each in name)


def read(
    document: dict[str, Any], mapping: Mapping, rules: list[dict[str, Any]], identifier: str, dynamic: str
) -> tuple[Values, bool]:
    """(the values by field, whether the mapping changed); new fields are added to the mapping.

    Raises MappingError and LimitError; the mapping is as before then.
    """
    before = _copy(mapping.properties)
    reader = _Reader(mapping, rules, identifier, {})
    try:
        reader.object(document, mapping.properties, "", dynamic)
        if reader.added:
            mapping.changed()
            check_size(mapping)
    except (MappingError, LimitError):
        mapping.properties = before
        mapping.changed()
        raise
    values: Values = {}
    changed = reader.added
    flat = mapping.flat() if reader.found else {}
    for name, each in reader.found.items():
        is_text = flat[name]["type"] == "text"
        if len(each) > 1 and not is_text and name not in mapping.many:
            mapping.many.add(name)
            changed = True
        values[safe_name(name)] = each if is_text or len(each) > 1 else each[0]
    if reader.ignored:
        values["_ignored"] = sorted(reader.ignored)
    return values, changed


def _copy(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {**rule, "properties": _copy(rule["properties"])} if "properties" in rule else dict(rule)
        for name, rule in properties.items()
    }
