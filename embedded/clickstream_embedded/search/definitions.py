"""The definitions of fields in mappings: checked as the server's parsers check them, before anything is made of them."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import times
from clickstream_embedded.search.mapping import (
    OBJECTS,
    PARAMETERS,
    ROOT_PARAMETERS,
    RULE_PARAMETERS,
    Mapping,
    MappingError,
    Properties,
)


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
    kept: Properties = {}
    for name, rule in properties.items():
        if rule != []:
            _put(kept, str(name), rule)
    return kept


def _put(kept: Properties, name: str, rule: Any) -> None:
    """One field; one with dots in its name stands within objects."""
    *objects, last = name.split(".")
    if not all((*objects, last)):
        raise _wrong("illegal_argument_exception", "name cannot be empty string")
    for each in objects:
        kept = kept.setdefault(each, {"properties": {}}).setdefault("properties", {})
    kept[last] = _checked_field(last, rule)


def _checked_field(name: str, rule: Any, *, inner: bool = False) -> dict[str, Any]:
    if not isinstance(rule, dict):
        raise MappingError(f"Expected map for property [fields] on field [{name}] but got a class java.lang.String")
    kind = rule.get("type", "object" if "properties" in rule or [*rule] == ["enabled"] else None)
    if kind is None:
        raise MappingError(f"No type specified for field [{name}]")
    if not isinstance(kind, str) or kind not in PARAMETERS or (inner and kind in (*OBJECTS, "alias")):
        raise MappingError(f"{'n' if inner else 'N'}o handler for type [{_java(kind)}] declared on field [{name}]")
    _unsupported(f"Mapping definition for [{name}]", rule, PARAMETERS[kind])
    _check_values(name, rule)
    kept = dict(rule)
    if kind in OBJECTS:
        if "properties" in rule:
            kept["properties"] = checked_properties(rule["properties"], name + ".")
            if kind == "object":
                kept.pop("type", None)
        else:
            kept["type"] = kind
        return kept
    if "search_analyzer" in rule and "analyzer" not in rule and kind == "text":
        raise MappingError(f"analyzer on field [{name}] must be set when search_analyzer is set")
    if isinstance(rule.get("copy_to"), str):
        kept["copy_to"] = [rule["copy_to"]]
    if kind == "completion":
        kept = {"type": kind, "analyzer": "simple", "preserve_separators": True, "preserve_position_increments": True,
                "max_input_length": 50, **rule}  # fmt: skip
    if kind == "alias" and "path" not in rule:
        raise MappingError(f"The [path] property must be specified for field [{name}].")
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


_NUMBERS = ("ignore_above", "position_increment_gap", "max_input_length")
_TRUTHS = ("index", "store", "doc_values", "norms", "fielddata", "ignore_malformed", "coerce", "eager_global_ordinals",
           "split_queries_on_whitespace", "index_phrases", "ignore_z_value")  # fmt: skip


def _check_values(name: str, rule: dict[str, Any]) -> None:
    """Raises MappingError for a parameter whose value is none of its type."""
    for key, value in rule.items():
        if key in _NUMBERS and not isinstance(value, int | float):
            try:
                float(value)
            except (TypeError, ValueError):
                raise _wrong("number_format_exception", f'For input string: "{value}"') from None
        if key in _TRUTHS and value not in (True, False, "true", "false"):
            why = {"type": "illegal_argument_exception",
                   "reason": f"Failed to parse value [{value}] as only [true] or [false] are allowed."}  # fmt: skip
            raise _wrong("illegal_argument_exception", f"Could not convert [{name}.{key}] to boolean", why)


def _wrong(kind: str, reason: str, inner: dict[str, Any] | None = None) -> MappingError:
    """What Java says of a value; it stands as the cause, and its words in the error itself too."""
    error = MappingError(reason, (kind, reason), kind, inner)
    error.is_plain = True
    return error


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
    dynamic = body.get("dynamic")
    if dynamic is not None and str(dynamic).lower() not in ("true", "false", "strict"):
        why = {"type": "illegal_argument_exception",
               "reason": f"Failed to parse value [{dynamic}] as only [true] or [false] are allowed."}  # fmt: skip
        raise _wrong("illegal_argument_exception", "Could not convert [dynamic.dynamic] to boolean", why)
    properties = checked_properties(body.get("properties") or {})
    root = {
        key: str(value).lower() if key == "dynamic" else value for key, value in body.items() if key != "properties"
    }
    return Mapping(properties, root)
