"""Versions of requests that Kafka 3.9 still answers and kio's schemas no longer have.

Each is derived from the next newer version: a version is what the protocol guide's "added in" leaves of it.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, get_args, get_origin

import kio.index as kafka

_THROTTLE = frozenset({"throttle_time"})

# (API key, version) of what is derived: the version it comes from, what its request and its answer do not have yet.
_OLDER: dict[tuple[int, int], tuple[int, frozenset[str], frozenset[str]]] = {
    (19, 1): (2, frozenset(), _THROTTLE),
    (19, 0): (2, frozenset({"validate_only"}), _THROTTLE | {"error_message"}),
    (20, 0): (1, frozenset(), _THROTTLE),
    (32, 0): (1, frozenset({"include_synonyms"}), frozenset({"config_source", "synonyms"})),
    (35, 0): (1, frozenset(), frozenset()),
}
# DescribeConfigs' first version says whether a value is the default where later ones say where it comes from.
_IS_DEFAULT = (32, 0, "DescribeConfigsResourceResult")


def _derived(entity: Any, version: int, without: frozenset[str]) -> Any:
    fields: list[Any] = []
    for field in dataclasses.fields(entity):
        if field.name in without:
            continue
        kind: Any = field.type
        inner = get_args(kind)[0] if get_origin(kind) is tuple else None
        if dataclasses.is_dataclass(inner):
            kind = tuple[_derived(inner, version, without), ...]
        fields.append((field.name, kind, dataclasses.field(metadata=field.metadata, kw_only=True)))
    if (entity.__api_key__, version, entity.__name__) == _IS_DEFAULT:
        place = [name for name, *_ in fields].index("is_sensitive")
        fields.insert(place, ("is_default", bool, dataclasses.field(metadata={"kafka_type": "bool"}, kw_only=True)))
    constants = {
        "__type__": entity.__type__, "__version__": version, "__flexible__": False,
        "__api_key__": entity.__api_key__, "__header_schema__": entity.__header_schema__,
    }  # fmt: skip
    return dataclasses.make_dataclass(entity.__name__, fields, namespace=constants, frozen=True)


# CreateDelegationToken, RenewDelegationToken, ExpireDelegationToken: a refusal has -1 for a time
_TIMELESS = (38, 39, 40)


def _with_plain_times(entity: Any) -> Any:
    """The class with its times as numbers, so that -1 can be told."""
    fields: list[Any] = []
    for field in dataclasses.fields(entity):
        is_time = field.metadata.get("kafka_type") == "datetime_i64"
        metadata = {**field.metadata, "kafka_type": "int64"} if is_time else field.metadata
        kind = int if is_time else field.type
        fields.append((field.name, kind, dataclasses.field(metadata=metadata, kw_only=True, default=field.default)))
    names = ("__type__", "__version__", "__flexible__", "__api_key__", "__header_schema__")
    constants = {name: getattr(entity, name) for name in names}
    return dataclasses.make_dataclass(entity.__name__, fields, namespace=constants, frozen=True)


@functools.cache
def request_schema(key: int, version: int) -> Any:
    """The class of a request, of kio's versions or of an older one."""
    older = _OLDER.get((key, version))
    if older is None:
        return kafka.load_request_schema(key, version)
    return _derived(kafka.load_request_schema(key, older[0]), version, older[1])


@functools.cache
def response_schema(key: int, version: int) -> Any:
    """The class of an answer, of kio's versions or of an older one."""
    older = _OLDER.get((key, version))
    if older is None:
        found = kafka.load_response_schema(key, version)
        return _with_plain_times(found) if key in _TIMELESS else found
    return _derived(kafka.load_response_schema(key, older[0]), version, older[2])
