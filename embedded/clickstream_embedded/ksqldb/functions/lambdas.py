"""Functions that take a lambda."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.functions.registry import LAMBDAS, scalar


@scalar("TRANSFORM(ARRAY<T>, LAMBDA(T) -> R) -> ARRAY<R>", category=LAMBDAS)
def transform(items: list[Any], function: Any) -> list[Any]:
    """Each element through a lambda."""
    return [function(item) for item in items]


@scalar("TRANSFORM(MAP<K, V>, LAMBDA(K, V) -> R, LAMBDA(K, V) -> S) -> MAP<R, S>", category=LAMBDAS)
def transform_map(value: dict[Any, Any], key: Any, item: Any) -> dict[Any, Any]:
    """Each entry through two lambdas; two entries must not get the same key."""
    found: dict[Any, Any] = {}
    for k, v in value.items():
        name = key(k, v)
        if name in found:
            raise ValueError(f"Duplicate key {name}")
        found[name] = item(k, v)
    return found


@scalar("FILTER(ARRAY<T>, LAMBDA(T) -> BOOLEAN) -> ARRAY<T>", category=LAMBDAS)
def filter_array(items: list[Any], function: Any) -> list[Any]:
    """The elements for which a lambda is true."""
    return [item for item in items if function(item)]


@scalar("FILTER(MAP<K, V>, LAMBDA(K, V) -> BOOLEAN) -> MAP<K, V>", category=LAMBDAS)
def filter_map(value: dict[Any, Any], function: Any) -> dict[Any, Any]:
    """The entries for which a lambda is true."""
    return {k: v for k, v in value.items() if function(k, v)}


@scalar("REDUCE(ARRAY<T>, S, LAMBDA(S, T) -> S) -> S", category=LAMBDAS, nulls=True)
def reduce_array(items: list[Any] | None, state: Any, function: Any) -> Any:
    """All elements folded into one value."""
    if state is None:
        return None
    for item in items or ():
        state = function(state, item)
    return state


@scalar("REDUCE(MAP<K, V>, S, LAMBDA(S, K, V) -> S) -> S", category=LAMBDAS, nulls=True)
def reduce_map(value: dict[Any, Any] | None, state: Any, function: Any) -> Any:
    """All entries folded into one value."""
    if state is None:
        return None
    for k, v in (value or {}).items():
        state = function(state, k, v)
    return state
