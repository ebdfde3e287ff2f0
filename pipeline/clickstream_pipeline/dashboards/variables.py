"""A dashboard's variables: what they may be, and what they stand for in a query (Grafana, "Variable syntax")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

Values = Mapping[str, tuple[str, ...]]
ALL = "$__all"
_PLACE = re.compile(r"\$\{(\w+)(?:\.[\w.]+)?(?::([\w:]+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")
_BUILT_IN = re.compile(r"__\w+")
_TYPES = {"custom", "constant", "textbox", "interval", "query"}


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable. `field` and `filter` are of those whose options are the terms of a field; `lacks` says what of it
    cannot be done here."""

    name: str
    label: str
    options: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    index: str = ""
    field: str = ""
    filter: str = ""
    is_multi: bool = False
    has_all: bool = False
    all_value: str = ""
    is_hidden: bool = False
    lacks: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether its options come from the search server."""
        return bool(self.field)

    def with_options(self, options: tuple[str, ...]) -> Variable:
        """The same with the options that were found."""
        return replace(self, options=options, current=self.current or options[:1])

    def chosen(self, value: str) -> Variable:
        """The same once a value was picked: alone, or beside others, from which it is taken where it is one of them."""
        if not self.is_multi or value == ALL:
            return replace(self, current=(value,))
        others = tuple(each for each in self.current if each not in (ALL, "All"))
        found = tuple(each for each in others if each != value) if value in others else (*others, value)
        return replace(self, current=found or self.current)

    def expanded(self, chosen: tuple[str, ...]) -> tuple[str, ...]:
        """The values that a choice stands for: of "All" every option, or the value given for it."""
        if ALL not in chosen and "All" not in chosen:
            return chosen
        return (self.all_value,) if self.all_value else self.options or ("*",)


def read(body: dict[str, Any]) -> tuple[Variable, ...]:
    """The variables of a dashboard's JSON, in its order."""
    listed = (body.get("templating") or {}).get("list") or []
    return tuple(_variable(raw) for raw in listed if isinstance(raw, dict) and raw.get("name"))


def _texts(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


def _variable(raw: dict[str, Any]) -> Variable:
    kind, name = str(raw.get("type", "query")), str(raw["name"])
    current = _texts((raw.get("current") or {}).get("value"))
    options = tuple(str(each.get("value")) for each in raw.get("options") or () if each.get("value") not in (None, ALL))
    made = Variable(name, str(raw.get("label") or name), options, current, is_multi=bool(raw.get("multi")),
                    has_all=bool(raw.get("includeAll")), all_value=str(raw.get("allValue") or ""),
                    is_hidden=raw.get("hide") == 2)  # fmt: skip
    if kind not in _TYPES:
        return replace(made, lacks=f"a variable of the kind '{kind}' cannot be filled here")
    if kind == "query":
        return _asked(made, raw)
    if not options:
        options = tuple(part.strip() for part in str(raw.get("query") or "").split(",") if part.strip())
    if kind in ("constant", "textbox"):
        options = (str(raw.get("query") or ""),)
    return replace(made, options=options, current=current or ((ALL,) if made.has_all else options[:1]))


def _asked(made: Variable, raw: dict[str, Any]) -> Variable:
    """A variable whose options are asked for: `{"find": "terms", "field": "HOST", "query": "..."}`."""
    query: Any = raw.get("query") or raw.get("definition") or "{}"
    if isinstance(query, dict):
        query = query.get("query") or query
    try:
        found = json.loads(query) if isinstance(query, str) else query
    except ValueError:
        found = {}
    if not isinstance(found, dict) or found.get("find") != "terms" or not found.get("field"):
        return replace(made, lacks="its query asks for something else than the terms of a field")
    source = raw.get("datasource")
    index = source.get("uid") or source.get("name") or "" if isinstance(source, dict) else source or ""
    return replace(made, index=str(index).lower(), field=str(found["field"]), filter=str(found.get("query") or ""),
                   current=made.current or ((ALL,) if made.has_all else ()))  # fmt: skip


def names(text: str) -> set[str]:
    """The variables that a text names; Grafana's own (`$__interval`) are none of them."""
    found = {next(name for name in (match[1], match[3], match[5]) if name) for match in _PLACE.finditer(text)}
    return {name for name in found if not _BUILT_IN.fullmatch(name)}


def filled(text: str, values: Values, form: str = "lucene") -> str:
    """The text with the values in place of the variables; a variable without a value stays as it is written.

    Args:
        text: a query, an alias, an interval.
        values: the values by the names of the variables.
        form: how values are written where the variable does not say it: lucene, raw, regex, csv, pipe, glob, ...
    """

    def place(match: re.Match[str]) -> str:
        name = next(name for name in (match[1], match[3], match[5]) if name)
        if name not in values:
            return match[0]
        return _written(values[name], match[2] or match[4] or form)

    return _PLACE.sub(place, text)


def escaped(value: str) -> str:
    """The value with what Lucene's query syntax reads as its own made plain."""
    return re.sub(r'([!*+\-=<>\s&|()\[\]{}^~?:\\/"])', r"\\\1", value)


def _written(values: tuple[str, ...], form: str) -> str:
    match form:
        case "lucene":
            if values == ("*",):
                return "*"
            if len(values) == 1:
                return escaped(values[0])
            inner = " OR ".join('"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in values)
            return f"({inner})" if values else "__empty__"
        case "regex":
            inner = "|".join(re.escape(each) for each in values)
            return f"({inner})" if len(values) > 1 else inner
        case "pipe":
            return "|".join(values)
        case "glob":
            return "{" + ",".join(values) + "}" if len(values) > 1 else "".join(values)
        case "json":
            return json.dumps(list(values) if len(values) != 1 else values[0])
        case "doublequote":
            return ",".join('"' + each.replace('"', '\\"') + '"' for each in values)
        case "singlequote":
            return ",".join("'" + each.replace("'", "\\'") + "'" for each in values)
        case _:
            return ",".join(values)
