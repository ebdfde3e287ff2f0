"""Functions that take a lambda."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.functions.registry import (
    scalar,
)


@scalar("TRANSFORM(ARRAY<T>, LAMBDA(T) -> R) -> ARRAY<R>", category="LAMBDA")
def transform(items: list[Any], function: Any) -> list[Any]:
    """Each element through a lambda."""
    return [function(item) for item in items]


@scalar("FILTER(ARRAY<T>, LAMBDA(T) -> R) -> ARRAY<T>", category="LAMBDA")
def filter_array(items: list[Any], function: Any) -> list[Any]:
    """The elements for which a lambda is true."""
    return [item for item in items if function(item)]


@scalar("REDUCE(ARRAY<T>, S, LAMBDA(S, T) -> S) -> S", category="LAMBDA", nulls=True)
def reduce_array(items: list[Any] | None, state: Any, function: Any) -> Any:
    """All elements folded into one value."""
    if state is None:
        return None
    for item in items or ():
        state = function(state, item)
    return state


@scalar("TRANSFORM(MAP<K, V>, LAMBDA(K, V) -> R, LAMBDA(K, V) -> S) -> MAP<R, S>", category="LAMBDA")
def transform_map(value: dict[Any, Any], key: Any, item: Any) -> dict[Any, Any]:
    """Each entry through two lambdas."""
    return {key(k, v): item(k, v) for k, v in value.items()}


@scalar("FILTER(MAP<K, V>, LAMBDA(K, V) -> R) -> MAP<K, V>", category="LAMBDA")
def filter_map(value: dict[Any, Any], function: Any) -> dict[Any, Any]:
    """The entries for which a lambda is true."""
    return {k: v for k, v in value.items() if function(k, v)}


@scalar("REDUCE(MAP<K, V>, S, LAMBDA(S, K, V) -> S) -> S", category="LAMBDA", nulls=True)
def reduce_map(value: dict[Any, Any] | None, state: Any, function: Any) -> Any:
    """All entries folded into one value."""
    if state is None:
        return None
    for k, v in (value or {}).items():
        state = function(state, k, v)
    return state
