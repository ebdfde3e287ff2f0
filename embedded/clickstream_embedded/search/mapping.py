"""Field types of an index: from its template's dynamic templates, else from the first value seen."""

from __future__ import annotations

import datetime
import fnmatch
from typing import Any

Mapping = dict[str, dict[str, Any]]
MOST_FIELDS = 1000  # `index.mapping.total_fields.limit` of Elasticsearch
DEEPEST = 20  # objects within each other; `index.mapping.depth.limit`
_NESTED = 100  # arrays and objects within each other; orjson writes no more than 254


class MappingError(ValueError):
    """A value does not fit its field's type."""


class LimitError(ValueError):
    """An index would get more fields, or deeper ones, than one may have."""


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


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long"
    if isinstance(value, float):
        return "double"
    return "object" if isinstance(value, dict) else "string"


def _dynamic(name: str, kind: str, templates: list[dict[str, Any]]) -> dict[str, Any]:
    for template in templates:
        rule = next(iter(template.values()))
        if "match" in rule and not fnmatch.fnmatchcase(name, rule["match"]):
            continue
        if "match_mapping_type" in rule and rule["match_mapping_type"] not in (kind, "*"):
            continue
        return dict(rule.get("mapping", {}))
    defaults: dict[str, dict[str, Any]] = {
        "string": {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}},
        "double": {"type": "float"},
        "object": {"type": "object"},
    }
    return defaults.get(kind, {"type": kind})


def date_millis(value: Any) -> int:
    """A date field's value in ms since the epoch: a number, or `strict_date_optional_time`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    try:
        if str(value).lstrip("-").isdigit():
            return int(value)
        moment = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        raise MappingError(
            f"failed to parse date field [{value}] with format [strict_date_optional_time||epoch_millis]"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return round(moment.timestamp() * 1000)


def extend(mapping: Mapping, document: dict[str, Any], templates: list[dict[str, Any]]) -> bool:
    """Adds the document's new fields; whether there were any.

    Raises MappingError for a value that does not fit and LimitError where there are too many fields; nothing is added
    then.
    """
    added: Mapping = {}
    for name, value in document.items():
        if value is None or isinstance(value, list):
            continue
        if name not in mapping:
            added[name] = _dynamic(name, _kind(value), templates)
        wanted = (mapping.get(name) or added[name]).get("type")
        try:
            if wanted == "date":
                date_millis(value)
            elif wanted in ("long", "integer") and not isinstance(value, bool):
                int(value)
            elif wanted in ("float", "double"):
                float(value)
        except (MappingError, ValueError, TypeError) as error:
            raise MappingError(f"failed to parse field [{name}] of type [{wanted}]: {error}") from None
    if added and sum(1 + len(rule.get("fields", ())) for rule in (mapping | added).values()) > MOST_FIELDS:
        raise LimitError(f"Limit of total fields [{MOST_FIELDS}] has been exceeded")
    mapping.update(added)
    return bool(added)
