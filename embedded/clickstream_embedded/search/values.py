"""A document's values by field, as they are searched, sorted and aggregated (Lucene's terms and doc values)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search import kinds, mismatches, times
from clickstream_embedded.search.mapping import (
    NUMBERS,
    OBJECTS,
    WHOLE,
    LimitError,
    Mapping,
    MappingError,
    check_size,
    kind_of,
    new_field,
)
from clickstream_embedded.search.numbers import java_double
from clickstream_embedded.search.typed_values import parsed

Values = dict[str, Any]
_ILLEGAL = "illegal_argument_exception"
_WIDEST = {"integer": 2**31, "short": 2**15, "byte": 2**15}  # beyond it the parser of the JSON fails already


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
    fresh: set[str] = field(default_factory=set[str])  # fields that this document brings
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

    def made(self, name: str, path: str, value: Any) -> dict[str, Any]:
        """The definition of a new field."""
        root = self.mapping.root
        forms = root.get("dynamic_date_formats")
        kind = kind_of(value, dates=str(root.get("date_detection", True)).lower() != "false", forms=forms)
        if kind == "string" and str(root.get("numeric_detection", False)).lower() == "true":
            kind = _number_kind(str(value))
        rule = new_field(name, path, kind, self.rules, value)
        if kind == "date" and forms:
            rule["format"] = next(form for form in forms if kind_of(value, dates=True, forms=[form]) == "date")
        return rule

    def introduced(self, name: str, path: str, value: Any, dynamic: str) -> dict[str, Any] | None:
        """The definition of a field that is not there yet; None where new ones are passed over. Raises MappingError where they are refused."""
        if dynamic == "false":
            return None
        if dynamic == "strict":
            within = path.removesuffix(name).rstrip(".") or "_doc"
            raise MappingError(f"mapping set to strict, dynamic introduction of [{name}] within [{within}] is not allowed",
                               kind="strict_dynamic_mapping_exception")  # fmt: skip
        self.added = True
        self.fresh.add(path)
        return self.made(name, path, value)

    def again(self, name: str, path: str, value: Any, rule: dict[str, Any]) -> None:
        """A further value of a field that is new: the server makes a field of each and puts them together, the last number's type counts.

        Raises MappingError where they are of two types.
        """
        is_object = "properties" in rule or rule.get("type") in OBJECTS
        if is_object and not isinstance(value, dict):
            told = f"Can't merge a non object mapping [{path}] with an object mapping [{path}]"
            raise MappingError(told, kind=_ILLEGAL)
        if is_object:
            return
        old, new = (
            str(rule["type"]),
            "ObjectMapper" if isinstance(value, dict) else str(self.made(name, path, value)["type"]),
        )
        if old in NUMBERS and new in NUMBERS:
            rule["type"] = new
        elif "." in path and new == "ObjectMapper":
            raise MappingError(
                f"Can't merge a non object mapping [{path}] with an object mapping [{path}]", kind=_ILLEGAL
            )
        elif old != new:
            first, second = (old, new) if "." not in path else (new, old)
            raise MappingError(
                f"mapper [{path}] of different type, current_type [{first}], merged_type [{second}]", kind=_ILLEGAL
            )

    def one(self, name: str, value: Any, properties: dict[str, dict[str, Any]], path: str, dynamic: str) -> None:
        whole = path + name
        if value is None and name not in properties:
            return
        if isinstance(value, list) and not _is_point(properties.get(name), value):
            for at, each in enumerate(value):
                self.place = value, at
                if each is not None or name in properties:
                    self.one(name, each, properties, path, dynamic)
            return
        rule = properties.get(name)
        if rule is None:
            rule = self.introduced(name, whole, value, dynamic)
            if rule is None:
                return
            properties[name] = rule
        elif whole in self.fresh and value is not None:
            self.again(name, whole, value, rule)
        if "properties" in rule or rule.get("type") in OBJECTS:
            if value is None or str(rule.get("enabled", "true")).lower() == "false":
                return
            if not isinstance(value, dict):
                within = self.place is not None and isinstance(self.place[0], list)  # whose elements have no name
                raise MappingError(f"object mapping for [{whole}] tried to parse field [{'null' if within else name}] as object, but found a "
                                   "concrete value")  # fmt: skip
            inner = str(rule.get("dynamic", dynamic)).lower()
            if rule.get("type") == "nested":
                self.nested(value, rule, whole, inner)
                return
            self.object(value, rule.setdefault("properties", {}), whole + ".", inner)
            return
        if rule["type"] == "alias":
            raise MappingError("failed to parse", (_ILLEGAL, f"Cannot write to a field alias [{whole}]."))
        self.leaf(whole, value, rule)
        for target in _listed(rule.get("copy_to")):
            self.copied(str(target), value, dynamic)

    def nested(self, value: dict[str, Any], rule: dict[str, Any], path: str, dynamic: str) -> None:
        """One object of its own: its values are kept together, beside those of the document."""
        around, self.found = self.found, {}
        try:
            self.object(value, rule.setdefault("properties", {}), path + ".", dynamic)
        finally:
            inner, self.found = self.found, around
        self.found.setdefault(path, []).append(inner)
        if any(str(rule.get(key, "false")).lower() == "true" for key in ("include_in_parent", "include_in_root")):
            for name, values in inner.items():
                self.found.setdefault(name, []).extend(values)

    def copied(self, target: str, value: Any, dynamic: str) -> None:
        """The value once more, for the field that `copy_to` names."""
        *objects, last = target.split(".")
        properties, path = self.mapping.properties, ""
        for each in objects:
            properties = properties.setdefault(each, {"properties": {}}).setdefault("properties", {})
            path += each + "."
        self.one(last, value, properties, path, dynamic)

    def leaf(self, path: str, value: Any, rule: dict[str, Any]) -> None:
        targets = [(path, rule)] + [(f"{path}.{name}", sub) for name, sub in (rule.get("fields") or {}).items()]
        for name, each in targets:
            given = each.get("null_value") if value is None else value
            if given is None or (given == "" and each["type"] in NUMBERS):
                continue
            try:
                kept = parsed(given, each, name, self.mapping.analyzers)
            except MappingError:
                raise
            except (ValueError, OverflowError, TypeError) as error:
                malformed = not isinstance(given, dict) or each["type"] == "geo_point"
                if str(each.get("ignore_malformed", "false")).lower() == "true" and malformed:
                    self.ignored.add(name)
                    continue
                raise self.refused(name, given, each, error) from None
            if isinstance(kept, list):
                self.found.setdefault(name, []).extend(kept)
            elif kept is not None:
                self.found.setdefault(name, []).append(kept)

    def refused(self, name: str, value: Any, rule: dict[str, Any], error: Exception) -> MappingError:
        shown = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        shown = java_double(value) if isinstance(value, float) else shown
        if isinstance(value, dict):
            shown = "{" + ", ".join(f"{k}={v}" for k, v in value.items()) + "}"
        kind = rule["type"]
        cause = (_ILLEGAL, str(error))
        if kind == "geo_point":
            return _place_refused(name, error)
        if isinstance(error, kinds.KindError):
            cause = (error.kind, str(error))
            if kind in kinds.RANGES and isinstance(value, dict):
                # the text of the token that was read last: the object's end has none
                odd = next((each for key, each in value.items() if key not in ("gt", "gte", "lt", "lte")), None)
                shown = "null" if odd is None else _java_text(odd)
        elif kind in NUMBERS and str(rule.get("coerce", "true")).lower() == "false" and "value passed" in str(error):
            pass
        elif kind in NUMBERS and isinstance(value, str) and str(error).startswith(("For input", "empty")):
            cause = ("number_format_exception" if kind != "long" else _ILLEGAL, str(error))
        elif kind in NUMBERS and isinstance(value, dict | bool):
            token = "START_OBJECT" if isinstance(value, dict) else f"VALUE_{str(value).upper()}"
            told = f"Current token ({token}) not numeric, can not use numeric value accessors\n at [Source: (byte[]); line: 1, column: 1]"
            cause = ("json_parse_exception", told)
        elif (
            kind in WHOLE and kind != "long" and isinstance(value, int) and not -_WIDEST[kind] <= value < _WIDEST[kind]
        ):
            wide = "int" if kind == "integer" else "Java short"
            told = f"Numeric value ({value}) out of range of {wide}\n at [Source: (byte[]); line: 1, column: 1]"
            cause = ("json_parse_exception", told)
        elif kind == "boolean" and not isinstance(value, str):
            token = (
                "START_OBJECT"
                if isinstance(value, dict)
                else f"VALUE_NUMBER_{'INT' if isinstance(value, int) else 'FLOAT'}"
            )
            cause = (
                "json_parse_exception",
                f"Current token ({token}) not of boolean type\n at [Source: (byte[]); line: 1, column: 1]",
            )
        elif isinstance(value, dict):
            cause = ("illegal_state_exception", "Can't get text on a START_OBJECT at 1:1")
        elif kind == "long" and isinstance(value, float) and "data loss" not in str(error):
            shown = java_double(value)
            told = (f"Numeric value ({value}) out of range of long (-9223372036854775808 - 9223372036854775807)\n"
                    " at [Source: (byte[]); line: 1, column: 1]")  # fmt: skip
            cause = ("json_parse_exception", told)
        form = str(rule.get("format", times.DEFAULT_FORMAT))
        told = mismatches.cause_of(str(shown), form)["reason"]
        inner = (
            {"type": "date_time_parse_exception", "reason": told}
            if kind == "date" and not isinstance(value, dict)
            else None
        )
        found = MappingError(
            f"failed to parse field [{name}] of type [{kind}] in document with id '{self.identifier}'. "
            f"Preview of field's value: '{shown}'", cause, inner=inner,
        )  # fmt: skip
        found.at = self.place
        return found


def _java_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number_kind(text: str) -> str:
    """What a text is where numbers in texts are looked for."""
    if text.lstrip("+-").isdigit():
        return "long"
    try:
        return "double" if math.isfinite(float(text)) else "string"
    except ValueError:
        return "string"


def _hashed(name: str) -> int:
    """Where a small HashSet of Java has a text, by which the server orders the names."""
    code = 0
    for each in name:
        code = (31 * code + ord(each)) & 0xFFFFFFFF
    return (code ^ code >> 16) & 15


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]


def _is_point(rule: dict[str, Any] | None, value: list[Any]) -> bool:
    """Whether an array is one place, not several."""
    return rule is not None and rule.get("type") == "geo_point" and bool(value) and isinstance(value[0], int | float)


def _place_refused(name: str, error: Exception) -> MappingError:
    kind = error.kind if isinstance(error, kinds.KindError) else _ILLEGAL
    inner = {"type": _ILLEGAL, "reason": str(error)} if "geohash [" in str(error) else None
    return MappingError(f"failed to parse field [{name}] of type [geo_point]", (kind, str(error)), inner=inner)


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
    flat = mapping.flat() if reader.found else {}
    before_many = len(mapping.many)
    values = _joined(reader.found, flat, mapping.many)
    if reader.ignored:
        values["_ignored"] = sorted(reader.ignored, key=_hashed)
    return values, reader.added or len(mapping.many) > before_many


def _joined(found: dict[str, list[Any]], flat: dict[str, dict[str, Any]], many: set[str]) -> Values:
    """The values by field, one by itself; `many` gets the fields that have several."""
    values: Values = {}
    for name, each in found.items():
        kind = flat[name]["type"]
        if kind == "object":
            values[safe_name(name)] = [_joined(inner, flat, many) for inner in each]
            continue
        if len(each) > 1 and kind != "text":
            many.add(name)
        values[safe_name(name)] = each if kind == "text" or len(each) > 1 else each[0]
    return values


def _copy(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {**rule, "properties": _copy(rule["properties"])} if "properties" in rule else dict(rule)
        for name, rule in properties.items()
    }
