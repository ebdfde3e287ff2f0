"""Field types of an index: from its template's dynamic templates, else from the first value seen."""

from __future__ import annotations

import datetime
import fnmatch
from typing import Any

Mapping = dict[str, dict[str, Any]]


class MappingError(ValueError):
    """A value does not fit its field's type."""


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
    """Adds the document's new fields; whether there were any. Raises MappingError for a value that does not fit."""
    changed = False
    for name, value in document.items():
        if value is None or isinstance(value, list):
            continue
        if name not in mapping:
            mapping[name] = _dynamic(name, _kind(value), templates)
            changed = True
        wanted = mapping[name].get("type")
        try:
            if wanted == "date":
                date_millis(value)
            elif wanted in ("long", "integer") and not isinstance(value, bool):
                int(value)
            elif wanted in ("float", "double"):
                float(value)
        except (MappingError, ValueError, TypeError) as error:
            raise MappingError(f"failed to parse field [{name}] of type [{wanted}]: {error}") from None
    return changed
