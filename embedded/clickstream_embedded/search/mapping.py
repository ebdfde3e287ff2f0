"""Field types of an index: from its template's dynamic templates, else from the first value seen."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.analysis import ANALYZERS

Properties = dict[str, dict[str, Any]]
MOST_FIELDS = 1000  # `index.mapping.total_fields.limit` of Elasticsearch
DEEPEST = 20  # objects within each other; `index.mapping.depth.limit`
_NESTED = 100  # arrays and objects within each other; orjson writes no more than 254

WHOLE = ("long", "integer", "short", "byte")
REAL = ("double", "float", "half_float")
NUMBERS = (*WHOLE, *REAL)
_COMMON = {"type", "fields", "index", "doc_values", "store", "boost", "meta", "copy_to"}
# what a field of each type may say of itself, by Elasticsearch's reference "Mapping parameters"; what would change an
# answer and is not honoured here is not in the list, and so refused
PARAMETERS: dict[str, set[str]] = {
    "keyword": {"type", "fields", "ignore_above", "null_value", "index", "doc_values", "norms", "store", "eager_global_ordinals"},
    "text": {"type", "fields", "analyzer", "search_analyzer", "norms", "store", "index_options", "index"},
    **{kind: {"type", "fields", "ignore_malformed", "coerce", "null_value", "index", "doc_values", "store"} for kind in NUMBERS},
    "boolean": {"type", "fields", "null_value", "index", "doc_values", "store"},
    "date": {"type", "fields", "format", "ignore_malformed", "null_value", "index", "doc_values", "store", "locale"},
    "object": {"type", "properties", "dynamic", "enabled"},
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
    _flat: dict[str, dict[str, Any]] | None = None

    def flat(self) -> dict[str, dict[str, Any]]:
        """Every field by its whole name: `a.b`, and `a.keyword` of the fields within a field."""
        if self._flat is None:
            self._flat = dict(_walk(self.properties, ""))
        return self._flat

    def changed(self) -> None:
        self._flat = None

    def shown(self) -> dict[str, Any]:
        return {**self.root, **({"properties": _shown(self.properties)} if self.properties else {})}

    def saved(self) -> dict[str, Any]:
        return {"properties": self.properties, "root": self.root, "many": sorted(self.many)}


def _shown(properties: Properties) -> Properties:
    """Properties as they are shown: an object by its fields, one without any by its type."""
    found: Properties = {}
    for name, rule in properties.items():
        if "properties" not in rule:
            found[name] = rule
            continue
        rest = {key: each for key, each in rule.items() if key not in ("properties", "type")}
        found[name] = {
            **rest,
            **({"properties": _shown(rule["properties"])} if rule["properties"] else {"type": "object"}),
        }
    return found


def loaded(saved: dict[str, Any]) -> Mapping:
    """A mapping as `Mapping.saved` gave it; before that form, only its properties were kept."""
    if isinstance(saved.get("many"), list):
        return Mapping(saved["properties"], saved["root"], set(saved["many"]))
    return Mapping(saved)


def _walk(properties: Properties, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, rule in properties.items():
        path = prefix + name
        if "properties" in rule or rule.get("type") == "object":
            yield path, {"type": "object", **rule}
            yield from _walk(rule.get("properties") or {}, path + ".")
        else:
            yield path, rule
            for inner, sub in (rule.get("fields") or {}).items():
                yield f"{path}.{inner}", {**sub, "of": path}


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


# -- definitions --------------------------------------------------------------------------------------------------


def _java(value: Any) -> str:
    """A value as Java writes a map or list in a message."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_java, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unsupported(where: str, rule: dict[str, Any], known: set[str]) -> None:
    odd = {key: value for key, value in rule.items() if key not in known}
    if odd:
        told = "".join(f" [{key} : {_java(value)}]" for key, value in odd.items())
        raise MappingError(f"{where} has unsupported parameters: {told}")


def checked_properties(properties: Any, prefix: str = "") -> Properties:
    """Properties as they are kept. Raises MappingError in the server's words."""
    if not isinstance(properties, dict):
        raise MappingError(f"Expected map for property [properties] on field [{prefix.rstrip('.') or '_doc'}] but got "
                           f"a class java.lang.{'String' if isinstance(properties, str) else 'Object'}")  # fmt: skip
    return {str(name): _checked_field(str(name), rule) for name, rule in properties.items() if rule != []}


def _checked_field(name: str, rule: Any, *, inner: bool = False) -> dict[str, Any]:
    if not isinstance(rule, dict):
        raise MappingError(f"Expected map for property [fields] on field [{name}] but got a class java.lang.String")
    kind = rule.get("type", "object" if "properties" in rule or [*rule] == ["enabled"] else None)
    if kind is None:
        raise MappingError(f"No type specified for field [{name}]")
    if not isinstance(kind, str) or kind not in PARAMETERS or (inner and kind == "object"):
        raise MappingError(f"No handler for type [{_java(kind)}] declared on field [{name}]")
    _unsupported(f"Mapping definition for [{name}]", rule, PARAMETERS[kind])
    kept = dict(rule)
    if kind == "object":
        if "properties" in rule:
            kept["properties"] = checked_properties(rule["properties"], name + ".")
            kept.pop("type", None)
        else:
            kept["type"] = "object"
        return kept
    for option in ("analyzer", "search_analyzer"):
        if option in rule and rule[option] not in ANALYZERS:
            raise MappingError(f"analyzer [{rule[option]}] not found for field [{name}]")
    if "format" in rule:
        try:
            times.check_format(str(rule["format"]))
        except times.DateError as error:
            cause = str(error).partition("]: ")[2]
            raise MappingError(
                str(error), ("illegal_argument_exception", cause), "illegal_argument_exception"
            ) from None
    if "fields" in rule:
        kept["fields"] = {inner: _checked_field(inner, sub, inner=True) for inner, sub in rule["fields"].items()}
    return kept


def checked(body: dict[str, Any]) -> Mapping:
    """The mapping of a create or a put mapping. Raises MappingError."""
    _unsupported("Root mapping definition", body, ROOT_PARAMETERS)
    for part, wanted in (("properties", dict), ("dynamic_templates", list)):
        if body.get(part) and not isinstance(body[part], wanted):
            raise MappingError(f"{part} must be a {'map' if wanted is dict else 'list'} type", kind="parse_exception")
    for rule in body.get("dynamic_templates") or []:
        for name, spec in rule.items() if isinstance(rule, dict) else [("", rule)]:
            if not isinstance(spec, dict) or "mapping" not in spec:
                raise MappingError(f"template [{name}] must have [mapping] set", kind="mapper_parsing_exception")
            odd = [key for key in spec if key not in RULE_PARAMETERS]
            if odd:
                raise MappingError(f"Illegal dynamic template parameter: [{odd[0]}]", kind="illegal_argument_exception")
    properties = checked_properties(body.get("properties") or {})
    root = {
        key: str(value).lower() if key == "dynamic" else value for key, value in body.items() if key != "properties"
    }
    return Mapping(properties, root)


def merge(mapping: Mapping, new: Mapping) -> None:
    """Adds what a put mapping brings. Raises MappingError for a change of a field's type."""
    _merge_properties(mapping.properties, new.properties, "")
    mapping.root.update(new.root)
    mapping.changed()
    check_size(mapping)


def _merge_properties(old: Properties, new: Properties, prefix: str) -> None:
    for name, rule in new.items():
        there = old.get(name)
        path = prefix + name
        if there is None:
            continue
        ours, theirs = there.get("type", "object"), rule.get("type", "object")
        if ours != theirs:
            if "object" in (ours, theirs):
                raise MappingError(
                    f"Can't merge a non object mapping [{path}] with an object mapping",
                    kind="illegal_argument_exception",
                )
            raise MappingError(f"mapper [{path}] of different type, current_type [{ours}], merged_type [{theirs}]",
                               kind="illegal_argument_exception")  # fmt: skip
        if ours == "object":
            _merge_properties(there.get("properties") or {}, rule.get("properties") or {}, path + ".")
    for name, rule in new.items():
        there = old.get(name)
        if there is None:
            old[name] = rule
        elif rule.get("type", "object") == "object":
            there.setdefault("properties", {}).update(
                {k: v for k, v in (rule.get("properties") or {}).items() if k not in there.get("properties", {})}
            )
            there.update({k: v for k, v in rule.items() if k != "properties"})
        else:
            fields = {**there.get("fields", {}), **rule.get("fields", {})}
            there.update(rule)
            if fields:
                there["fields"] = fields


# -- new fields ---------------------------------------------------------------------------------------------------


def kind_of(value: Any, *, dates: bool) -> str:
    """The `match_mapping_type` of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return "object"
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
