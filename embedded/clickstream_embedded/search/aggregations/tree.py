"""The aggregations of a request as a tree; what each takes is data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from clickstream_embedded.search.aggregations import catalog, options
from clickstream_embedded.search.aggregations.catalog import METRICS, PARENTS, SIBLINGS
from clickstream_embedded.search.errors import Key, SearchError, illegal, parsing
from clickstream_embedded.search.queries.arguments import token

_NAMES = ("aggs", "aggregations")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Node:
    """One aggregation with those within it; `pipelines` are those that read the results of others."""

    name: str
    kind: str
    spec: dict[str, Any]
    children: tuple[Node, ...] = ()
    pipelines: tuple[Node, ...] = ()
    meta: dict[str, Any] | None = None
    body: dict[str, Any] = field(default_factory=dict[str, Any])

    def all(self) -> list[Node]:
        """It and all within it."""
        return [self, *(each for child in self.children for each in child.all())]


def parse(body: Any, depth: int = 0) -> tuple[Node, ...]:
    """Raises SearchError for what the server refuses before it looks at any field."""
    if not isinstance(body, dict):
        raise parsing(
            "Found two aggregation type definitions" if isinstance(body, list) else f"Unexpected token {token(body)}"
        )
    if depth > _DEEPEST:
        raise illegal(f"more than {_DEEPEST} aggregations within each other")
    return tuple(_node(str(name), given, body, depth) for name, given in body.items())


def _node(name: str, given: Any, around: dict[str, Any], depth: int) -> Node:
    if not re.fullmatch(r"[^\[\]>]+", name):
        raise parsing(f"Invalid aggregation name [{name}]. Aggregation names can contain any character except '[', ']', and '>'",
                      around, Key(name))  # fmt: skip
    if not isinstance(given, dict):
        raise parsing(
            f"Aggregation definition for [{name} starts with a [{token(given)}], expected a [START_OBJECT].",
            around,
            name,
        )
    kinds = [key for key in given if key not in (*_NAMES, "meta")]
    if not kinds:
        raise parsing(f"Missing definition for aggregation [{name}]", given)
    kind = kinds[0]
    if len(kinds) > 1:
        raise parsing(f"Found two aggregation type definitions in [{name}]: [{kind}] and [{kinds[1]}]", given, kinds[1])
    spec = given[kind]
    if not isinstance(spec, dict):
        raise parsing(f"Expected [START_OBJECT] under [{kind}], but got a [{token(spec)}] in [{name}]", given, kind)
    if kind not in catalog.OPTIONS:
        raise SearchError(400, "named_object_not_found_exception",
                          f"[1:1] unable to parse BaseAggregationBuilder with name [{kind}]: parser not found", at=(given, kind))  # fmt: skip
    options.check(kind, name, spec)
    options.check_source(kind, spec)
    inner = parse(next((given[key] for key in _NAMES if key in given), {}), depth + 1)
    if inner and kind in (*METRICS, *SIBLINGS, *PARENTS):
        raise SearchError(500 if kind in METRICS else 400, "aggregation_initialization_exception",
                          f"Aggregator [{name}] of type [{kind}] cannot accept sub-aggregations")  # fmt: skip
    return Node(name, kind, spec, tuple(each for each in inner if each.kind not in (*SIBLINGS, *PARENTS)),
                tuple(each for each in inner if each.kind in (*SIBLINGS, *PARENTS)), given.get("meta"), given)  # fmt: skip


def has(nodes: tuple[Node, ...], kind: str) -> bool:
    return any(each.kind == kind for node in nodes for each in node.all())
