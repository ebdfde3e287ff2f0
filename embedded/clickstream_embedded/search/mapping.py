"""Field types of an index: from its template's dynamic templates, else from the first value seen."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.analyzers import BUILT_IN, Analyzer

Properties = dict[str, dict[str, Any]]
MOST_FIELDS = 1000  # `index.mapping.total_fields.limit` of Elasticsearch
DEEPEST = 20  # objects within each other; `index.mapping.depth.limit`
_NESTED = 100  # arrays and objects within each other; orjson writes no more than 254

WHOLE = ("long", "integer", "short", "byte")
REAL = ("double", "float", "half_float")
NUMBERS = (*WHOLE, *REAL)
_OWN = {"type", "fields", "index", "store", "copy_to"}
OBJECTS = ("object", "nested")
# what a field of each type may say of itself, by Elasticsearch's reference "Mapping parameters"; what would change an
# answer and is not honoured here is not in the list, and so refused
PARAMETERS: dict[str, set[str]] = {
    "keyword": {*_OWN, "ignore_above", "null_value", "doc_values", "norms", "eager_global_ordinals", "split_queries_on_whitespace", "normalizer"},
    "text": {*_OWN, "analyzer", "search_analyzer", "search_quote_analyzer", "norms", "index_options", "term_vector", "fielddata",
             "eager_global_ordinals", "position_increment_gap", "index_phrases", "index_prefixes", "fielddata_frequency_filter"},
    **{kind: {*_OWN, "ignore_malformed", "coerce", "null_value", "doc_values"} for kind in NUMBERS},
    "boolean": {*_OWN, "null_value", "doc_values"},
    "date": {*_OWN, "format", "ignore_malformed", "null_value", "doc_values", "locale"},
    "ip": {*_OWN, "ignore_malformed", "null_value", "doc_values"},
    "geo_point": {*_OWN, "ignore_malformed", "ignore_z_value", "null_value", "doc_values"},
    **{kind: {*_OWN, "coerce", "doc_values", *(("format", "locale") if kind == "date_range" else ())} for kind in kinds.RANGES},
    "completion": {"type", "analyzer", "search_analyzer", "preserve_separators", "preserve_position_increments", "max_input_length", "fields"},
    "binary": {*_OWN, "doc_values"}, "alias": {"type", "path"},
    "object": {"type", "properties", "dynamic", "enabled"},
    "nested": {"type", "properties", "dynamic", "include_in_parent", "include_in_root"},
}  # fmt: skip
ROOT_PARAMETERS = {"properties", "dynamic", "dynamic_templates", "date_detection", "numeric_detection", "_source",
                   "dynamic_date_formats", "_meta", "_routing"}  # fmt: skip
RULE_PARAMETERS = {"match", "unmatch", "path_match", "path_unmatch", "match_pattern", "match_mapping_type", "mapping"}


class MappingError(ValueError):
    """A value or a definition does not fit; `caused_by` is why."""

    def __init__(
        self,
        reason: str,
        cause: tuple[str, str] | None = None,
        kind: str = "mapper_parsing_exception",
        inner: dict[str, Any] | None = None,
    ):
        super().__init__(reason)
        self.kind = kind
        # the object or array of the document and the key of it that is at fault; who has the text says its place
        self.at: tuple[Any, Any] | None = None
        self.is_plain = False  # the cause is the error itself, not one behind it
        self.caused_by = (
            None if cause is None else {"type": cause[0], "reason": cause[1], **({"caused_by": inner} if inner else {})}
        )

    @property
    def entry(self) -> dict[str, Any]:
        more = {} if self.caused_by is None else {"caused_by": self.caused_by}
        return {"type": self.kind, "reason": str(self), **more}


class LimitError(ValueError):
    """An index would get more fields, or deeper ones, than one may have."""


@dataclass(slots=True)
class Mapping:
    """The fields of one index, and the rules for new ones."""

    properties: Properties = field(default_factory=dict[str, dict[str, Any]])
    root: dict[str, Any] = field(default_factory=dict[str, Any])  # dynamic, dynamic_templates, date_detection, ...
    many: set[str] = field(default_factory=set[str])  # fields that had several values in one document
    analyzers: dict[str, Analyzer] = field(default_factory=dict[str, Analyzer])  # those of the index's settings
    normalizers: set[str] = field(default_factory=set[str])
    _flat: dict[str, dict[str, Any]] | None = None

    def flat(self) -> dict[str, dict[str, Any]]:
        """Every field by its whole name: `a.b`, and `a.keyword` of the fields within a field."""
        if self._flat is None:
            self._flat = dict(_walk(self.properties, ""))
        return self._flat

    def changed(self) -> None:
        self._flat = None

    def shown(self) -> dict[str, Any]:
        root = {key: each for key, each in self.root.items() if key != "_source" or each != {"enabled": True}}
        return {**root, **({"properties": _shown(self.properties)} if self.properties else {})}

    def saved(self) -> dict[str, Any]:
        return {"properties": self.properties, "root": self.root, "many": sorted(self.many)}


def _shown(properties: Properties) -> Properties:
    """Properties as they are shown: an object by its fields, one without any by its type."""
    found: Properties = {}
    for name, rule in properties.items():
        if "properties" not in rule:
            found[name] = rule
            continue
        rest = {key: each for key, each in rule.items() if key != "properties" and (key, each) != ("type", "object")}
        found[name] = {
            **rest,
            **({"properties": _shown(rule["properties"])} if rule["properties"] else {"type": "object", **rest}),
        }
    return found


def loaded(saved: dict[str, Any]) -> Mapping:
    """A mapping as `Mapping.saved` gave it; before that form, only its properties were kept."""
    if isinstance(saved.get("many"), list):
        return Mapping(saved["properties"], saved["root"], set(saved["many"]))
    return Mapping(saved)


def _walk(properties: Properties, prefix: str, within: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Fields by name; `in` is the nested object that one is in, `of` the field that it is a part of."""
    place = {"in": within} if within else {}
    for name, rule in properties.items():
        path = prefix + name
        if "properties" in rule or rule.get("type") in OBJECTS:
            nested = rule.get("type") == "nested"
            yield path, {**rule, "type": "object", "nested": nested, **place}
            yield from _walk(rule.get("properties") or {}, path + ".", path if nested else within)
        else:
            yield path, {**rule, **place}
            for inner, sub in (rule.get("fields") or {}).items():
                yield f"{path}.{inner}", {**sub, "of": path, **place}


def check_depth(document: dict[str, Any]) -> None:
    """Raises LimitError, and MappingError for arrays within arrays without end."""
    level: list[tuple[str, int, Any]] = [("", 1, document)]  # path, objects around, container
    for _ in range(_NESTED):
        inner: list[tuple[str, int, Any]] = []
        for path, depth, container in level:
            if depth > DEEPEST:
                raise LimitError(f"Limit of mapping depth [{DEEPEST}] has been exceeded due to object field [{path}]")
            fields = container.items() if isinstance(container, dict) else [("", each) for each in container]
            for name, value in fields:
                if isinstance(value, dict | list):
                    place = ".".join(filter(None, (path, name)))
                    inner.append((place, depth + isinstance(value, dict), value))
        if not inner:
            return
        level = inner
    raise MappingError(f"failed to parse: more than {_NESTED} arrays and objects within each other")


def check_size(mapping: Mapping) -> None:
    """Raises LimitError where there are too many fields."""
    if len(mapping.flat()) > MOST_FIELDS:
        raise LimitError(f"Limit of total fields [{MOST_FIELDS}] has been exceeded")


def check_analyzers(
    mapping: Mapping,
    analyzers: dict[str, Analyzer],
    normalizers: set[str],
    known: dict[str, dict[str, Any]] | None = None,
) -> None:
    """Raises MappingError for a field of an analyzer, or an alias of a field, that there is not; `known` are those before."""
    for path, rule in mapping.flat().items():
        for option in ("analyzer", "search_analyzer", "search_quote_analyzer"):
            if option in rule and rule[option] not in {*BUILT_IN, *analyzers}:
                raise MappingError(f"analyzer [{rule[option]}] not found for field [{path.rpartition('.')[2]}]")
        if rule.get("type") == "alias":
            _check_alias(path, str(rule["path"]), {**(known or {}), **mapping.flat()})
        if rule.get("normalizer") is not None and rule["normalizer"] not in normalizers:
            raise MappingError(f"normalizer [{rule['normalizer']}] not found for field [{path.rpartition('.')[2]}]")


def _check_alias(name: str, target: str, flat: dict[str, dict[str, Any]]) -> None:
    kind = flat.get(target, {}).get("type")
    if kind is not None and kind not in (*OBJECTS, "alias"):
        return
    why = (
        "an alias cannot refer to another alias"
        if kind == "alias"
        else "an alias must refer to an existing field in the mappings"
    )
    if target == name:
        why = "an alias cannot refer to itself"
    raise MappingError(
        f"Invalid [path] value [{target}] for field alias [{name}]: {why}.", kind="illegal_argument_exception"
    )


def merge(mapping: Mapping, new: Mapping) -> None:
    """Adds what a put mapping brings. Raises MappingError for a change of a field's type."""
    _merge_properties(mapping.properties, new.properties, "")
    mapping.root.update(new.root)
    mapping.changed()
    check_size(mapping)


def overlay(mapping: Mapping, new: Mapping) -> None:
    """Adds a stronger definition, as of a later template: its fields take the place of those of the same names."""
    _overlay(mapping.properties, new.properties)
    mapping.root.update(new.root)
    mapping.changed()
    check_size(mapping)


def _overlay(old: Properties, new: Properties) -> None:
    for name, rule in new.items():
        there = old.get(name)
        if there is not None and "properties" in there and "properties" in rule:
            _overlay(there["properties"], rule["properties"])
            there.update({key: each for key, each in rule.items() if key != "properties"})
        else:
            old[name] = rule


_EXPLICIT = (
    "coerce",
    "ignore_malformed",
)  # what stays where a new definition does not say it; all else is as that says
# parameters that a field keeps, with what stands where they are not given, and how a change of one is told
_KEPT = (
    ("index", "true", "has different [index] values"), ("store", "false", "has different [store] values"),
    ("doc_values", "true", "has different [doc_values] values"), ("analyzer", "default", "has different [analyzer]"),
    ("term_vector", "no", "has different [store_term_vector] values"), ("normalizer", "", "has different [normalizer]"), ("format", times.DEFAULT_FORMAT, "has different [format] values"),
)  # fmt: skip


def _check_same(path: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Raises MappingError for a change of what a field keeps for ever (MappedFieldType.checkCompatibility)."""
    told: list[str] = []
    norms = str(new["type"] == "text").lower()
    if [str(each.get("norms", norms)).lower() for each in (old, new)] == ["false", "true"]:
        told.append("has different [norms] values, cannot change from disable to enabled")
    for name, default, words in _KEPT:
        if str(old.get(name, default)).lower() == str(new.get(name, default)).lower():
            continue
        told += ["has different [analyzer]"] if name == "normalizer" else []
        told.append(words)
        told += ["has different [analyzer]"] if name == "index" and new["type"] in NUMBERS else []
    if told:
        shown = ", ".join(f"mapper [{path}] {each}" for each in told)
        raise MappingError(
            f"Mapper for [{path}] conflicts with existing mapping:\n[{shown}]", kind="illegal_argument_exception"
        )
    for name, sub in (new.get("fields") or {}).items():
        there = (old.get("fields") or {}).get(name)
        if there is not None and there["type"] == sub["type"]:
            _check_same(f"{path}.{name}", there, sub)


def _merge_properties(old: Properties, new: Properties, prefix: str) -> None:
    for name, rule in new.items():
        there = old.get(name)
        path = prefix + name
        if there is None:
            continue
        ours, theirs = there.get("type", "object"), rule.get("type", "object")
        if ours != theirs:
            if ours in OBJECTS and theirs in OBJECTS:
                words = ("nested", "non-nested") if ours == "nested" else ("non-nested", "nested")
                raise MappingError(f"object mapping [{path}] can't be changed from {words[0]} to {words[1]}",
                                   kind="illegal_argument_exception")  # fmt: skip
            if ours in OBJECTS or theirs in OBJECTS:
                if theirs in OBJECTS:
                    raise MappingError(f"mapper [{path}] of different type, current_type [{ours}], merged_type [ObjectMapper]",
                                       kind="illegal_argument_exception")  # fmt: skip
                raise MappingError(f"Can't merge a non object mapping [{path}] with an object mapping [{path}]",
                                   kind="illegal_argument_exception")  # fmt: skip
            if ours in NUMBERS and theirs in NUMBERS:  # of one kind of mapper
                raise MappingError(f"mapper [{path}] cannot be changed from type [{ours}] to [{theirs}]",
                                   kind="illegal_argument_exception")  # fmt: skip
            raise MappingError(f"mapper [{path}] of different type, current_type [{ours}], merged_type [{theirs}]",
                               kind="illegal_argument_exception")  # fmt: skip
        if ours == theirs:
            _check_same(path, there, rule)
        if ours in OBJECTS:
            _merge_properties(there.get("properties") or {}, rule.get("properties") or {}, path + ".")
    for name, rule in new.items():
        there = old.get(name)
        if there is None:
            old[name] = rule
        elif rule.get("type", "object") in OBJECTS:
            there.setdefault("properties", {}).update(
                {k: v for k, v in (rule.get("properties") or {}).items() if k not in there.get("properties", {})}
            )
            there.update({k: v for k, v in rule.items() if k != "properties"})
        else:
            fields = {**there.get("fields", {}), **rule.get("fields", {})}
            kept = {key: there[key] for key in _EXPLICIT if key in there}
            old[name] = {**kept, **rule, **({"fields": fields} if fields else {})}


# -- new fields ---------------------------------------------------------------------------------------------------


def kind_of(value: Any, *, dates: bool, forms: list[str] | None = None) -> str:
    """The `match_mapping_type` of a value; `forms` are the formats of texts that are dates."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return "object"
    if dates and forms is not None:
        return "date" if any(_parses(str(value), form) for form in forms) else "string"
    return "date" if dates and _is_date(value) else "string"


def _is_date(text: str) -> bool:
    if len(text) < 4 or not text[:4].isdigit():
        return False
    try:
        float(text)
    except ValueError:
        try:
            times.parse(text, "strict_date_optional_time||yyyy/MM/dd HH:mm:ss||yyyy/MM/dd")
        except times.DateError:
            return False
        return True
    return False


def _matches(rule: dict[str, Any], name: str, path: str, kind: str) -> bool:
    if rule.get("match_mapping_type", "*") not in (kind, "*"):
        return False
    for wanted, text in (("match", name), ("path_match", path)):
        if wanted in rule and not fnmatch.fnmatchcase(text, str(rule[wanted])):
            return False
    return not any(
        unwanted in rule and fnmatch.fnmatchcase(text, str(rule[unwanted]))
        for unwanted, text in (("unmatch", name), ("path_unmatch", path))
    )


def new_field(name: str, path: str, kind: str, rules: list[dict[str, Any]], value: Any = None) -> dict[str, Any]:
    """The definition that a new field gets, by its first value."""
    for named in rules:
        rule = next(iter(named.values()))
        if _matches(rule, name, path, kind):
            made = {
                key: each.replace("{name}", name).replace("{dynamic_type}", kind) if isinstance(each, str) else each
                for key, each in rule.get("mapping", {}).items()
            }
            if isinstance(made.get("copy_to"), str):
                made["copy_to"] = [made["copy_to"]]
            return made if "type" in made or kind == "object" else {"type": default_type(kind), **made}
    if kind == "string":
        return {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
    if kind == "object":
        return {"properties": {}}
    if kind == "date" and not _parses(str(value), "strict_date_optional_time"):
        return {"type": "date", "format": "yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis"}
    return {"type": default_type(kind)}


def _parses(text: str, form: str) -> bool:
    try:
        times.parse(text, form)
    except times.DateError:
        return False
    return True


def default_type(kind: str) -> str:
    return {"double": "float", "string": "text"}.get(kind, kind)
