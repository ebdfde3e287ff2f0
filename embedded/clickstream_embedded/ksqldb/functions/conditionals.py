"""Functions that choose among their arguments."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.ksqldb.functions.registry import CONDITIONAL, OTHER, scalar


@scalar("AS_VALUE(T) -> T", category=OTHER, nulls=True)
def as_value(value: Any) -> Any:
    """Copies a key column into the value."""
    return value


@scalar("COALESCE(T, T...) -> T", category=CONDITIONAL, nulls=True)
def coalesce(*values: Any) -> Any:
    """The first argument that is not null."""
    return next((value for value in values if value is not None), None)


@scalar("IFNULL(T, T) -> T", category=CONDITIONAL, nulls=True)
def ifnull(value: Any, other: Any) -> Any:
    """The first argument, or the second where it is null."""
    return other if value is None else value


@scalar("NULLIF(T, T) -> T", category=CONDITIONAL, nulls=True)
def nullif(value: Any, other: Any) -> Any:
    """Null where both are equal, else the first."""
    return None if value == other else value
