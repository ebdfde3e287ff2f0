"""What values a setting may have, in the words of Kafka's own validators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from clickstream_embedded.connect.config.definition import Validator
from clickstream_embedded.connect.java_errors import NULL_POINTER_EXCEPTION, ConfigError, JavaError
from clickstream_embedded.connect.java_regex import BadPattern, compiled
from clickstream_embedded.connect.transforms.casts import OUTPUTS
from clickstream_embedded.connect.transforms.timestamps import PRECISIONS, TARGETS


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    return "[" + ", ".join(value) + "]" if isinstance(value, list) else str(value)


def at_least(low: int) -> Validator:
    return between(low, None)


def between(low: int, high: int | None) -> Validator:
    """`ConfigDef.Range`."""

    def check(name: str, value: Any) -> None:
        if value is None:
            raise ConfigError.of(name, "null", "Value must be non-null")
        if value < low:
            raise ConfigError.of(name, str(value), f"Value must be at least {low}")
        if high is not None and value > high:
            raise ConfigError.of(name, str(value), f"Value must be no more than {high}")

    return check


def one_of(*allowed: str, case: bool = True, folded: bool = False) -> Validator:
    """`ConfigDef.ValidString`, or its form that does not mind case.

    Args:
        allowed: the values.
        case: whether case matters.
        folded: whether the value is made lower case first, as the Elasticsearch connector does.
    """

    def check(name: str, value: Any) -> None:
        text = value.lower() if folded and isinstance(value, str) else value
        if case and text not in allowed:
            raise ConfigError.of(name, _shown(text), f"String must be one of: {', '.join(allowed)}")
        if not case and (text is None or text.upper() not in allowed):
            raise ConfigError.of(name, _shown(text), f"String must be one of (case insensitive): {', '.join(allowed)}")

    return check


def non_empty_string(name: str, value: Any) -> None:
    if value == "":
        raise ConfigError.of(name, "", "String must be non-empty")


def non_empty_list(name: str, value: Any) -> None:
    if not value:
        raise ConfigError.of(name, _shown(value), "Empty list")


def non_null(name: str, value: Any) -> None:
    if value is None:
        raise ConfigError.of(name, "null", "entry must be non null")


def no_control_characters(name: str, value: Any) -> None:
    """Of a connector's name: not empty, no control characters."""
    if value is None:
        return
    if value == "":
        raise ConfigError.of(name, "", "String may not be empty")
    found = [str(ord(char)) for char in value if ord(char) < 32 or 127 <= ord(char) < 160]
    if found:
        why = "String may not contain control sequences but had the following ASCII chars: " + ", ".join(found)
        raise ConfigError.of(name, value, why)


def unique_aliases(name: str, value: Any) -> None:
    non_null(name, value)
    if len(set(value)) < len(value):
        raise ConfigError.of(name, _shown(value), "Duplicate alias provided.")


def regex(name: str, value: Any) -> None:
    if value is None:
        why = 'Invalid regex: Cannot invoke "String.isEmpty()" because "this.pattern" is null'
        raise ConfigError.of(name, "null", why)
    try:
        compiled(value)
    except BadPattern as error:
        raise ConfigError.of(name, value, f"Invalid regex: {error}") from None


def _regex_if_given(name: str, value: Any) -> None:
    if value != "":
        regex(name, value)


def _regex_not_empty(name: str, value: Any) -> None:
    non_empty_string(name, value)
    regex(name, value)


def _not_negative(name: str, value: Any) -> None:
    if value is not None and value < 0:
        raise ConfigError.of(name, str(value), "Value must be at least 0")


def rename_pairs(_: str, value: Any) -> None:
    """Of `renames`: old and new name, parted by a colon."""
    if value is None:
        raise JavaError('Cannot invoke "java.util.List.iterator()" because "mappings" is null', NULL_POINTER_EXCEPTION)
    for each in value:
        if len(each.rstrip(":").split(":")) != 2:
            raise ConfigError.of("renames", _shown(value), f"Invalid rename mapping: {each}")


def cast_spec(_: str, value: Any) -> None:
    """Of Cast's `spec`."""
    if not value:
        raise ConfigError("Must specify at least one field to cast.")
    for each in value:
        steps = each.rstrip(":").split(":")
        if len(steps) > 2:
            raise ConfigError.of("renames", _shown(value), f"Invalid rename mapping: {each}")
        kind = steps[-1].strip()
        if kind.lower() in ("array", "map", "struct", "bytes"):
            listed = ", ".join(output.upper() for output in OUTPUTS)
            raise ConfigError(f"Cast transformation does not support casting to {kind.upper()}; supported types are "
                              f"[{listed}]")  # fmt: skip
        if kind.lower() not in OUTPUTS:
            why = f"No enum constant org.apache.kafka.connect.data.Schema.Type.{kind.upper()}"
            raise ConfigError(f"Invalid value java.lang.IllegalArgumentException: {why} for configuration Invalid type "
                              f"found in casting spec: {kind}")  # fmt: skip
    if len(value) > 1 and any(":" not in each.rstrip(":") for each in value):
        raise ConfigError("Cast transformations that specify a type to cast the entire value to may only specify a "
                          "single cast in their spec")  # fmt: skip


def urls(name: str, value: Any) -> None:
    """Of `connection.url`: each with scheme and host."""
    for each in value or []:
        try:
            parts = urlsplit(each)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good:
            raise ConfigError.of(name, _shown(value), f"The provided url '{each}' is not a valid url.")


_SYNTAX = one_of("V1", "V2", case=False)
_DAY, _WEEK, _MOST = 86_400_000, 604_800_000, 2**31 - 1

# by class, or kind of connector, and setting
VALIDATORS: Mapping[str, Mapping[str, tuple[Validator, ...]]] = {
    "connector": {
        "name": (no_control_characters,), "tasks.max": (at_least(1),), "transforms": (unique_aliases,),
        "predicates": (unique_aliases,), "config.action.reload": (one_of("none", "restart"),),
        "errors.tolerance": (one_of("none", "all"),),
    },
    "sink": {"topics.regex": (_regex_if_given,)},
    "source": {
        "topic.creation.groups": (unique_aliases,),
        "exactly.once.support": (one_of("REQUIRED", "REQUESTED", case=False),),
        "transaction.boundary": (one_of("INTERVAL", "POLL", "CONNECTOR", case=False),),
        "offsets.storage.topic": (non_empty_string,),
        "transaction.boundary.interval.ms": (_not_negative,),
    },
    "FileStreamSourceConnector": {"topic": (non_empty_string,)},
    "ElasticsearchSinkConnector": {
        "connection.url": (urls,), "batch.size": (between(1, 1_000_000),),
        "max.in.flight.requests": (between(1, 1000),), "max.buffered.records": (between(1, _MOST),),
        "linger.ms": (between(0, _WEEK),), "flush.timeout.ms": (between(1, _WEEK),),
        "max.retries": (between(0, _MOST),), "retry.backoff.ms": (between(0, _DAY),),
        "max.connection.idle.time.ms": (between(0, _MOST),), "connection.timeout.ms": (between(0, _DAY // 2),),
        "read.timeout.ms": (between(0, _DAY * 7),),
        "behavior.on.null.values": (one_of("ignore", "delete", "fail", folded=True),),
        "behavior.on.malformed.documents": (one_of("ignore", "warn", "fail", folded=True),),
        "write.method": (one_of("insert", "upsert", folded=True),),
        "elastic.security.protocol": (one_of("PLAINTEXT", "SSL"),),
    },
    "JsonConverter": {"decimal.format": (one_of("NUMERIC", "BASE64", case=False),)},
    "Cast": {"spec": (cast_spec,)}, "DropHeaders": {"headers": (non_empty_list,)},
    "ExtractField": {"field.syntax.version": (_SYNTAX,)},
    "HeaderFrom": {"fields": (non_empty_list,), "headers": (non_empty_list,), "operation": (one_of("move", "copy"),)},
    "InsertHeader": {"header": (non_null,), "value.literal": (non_null,)},
    "MaskField": {"fields": (non_empty_list,), "replacement": (non_empty_string,)},
    "RegexRouter": {"regex": (regex,)}, "ReplaceField": {"renames": (rename_pairs,)},
    "TimestampConverter": {"target.type": (one_of(*TARGETS),), "unix.precision": (one_of(*PRECISIONS),)},
    "ValueToKey": {"fields": (non_empty_list,)}, "HasHeaderKey": {"name": (non_empty_string,)},
    "TopicNameMatches": {"pattern": (_regex_not_empty,)},
}  # fmt: skip
_OF_CONVERTERS: Mapping[str, tuple[Validator, ...]] = {"converter.type": (one_of("key", "value", "header"),)}


def of_class(class_name: str) -> Mapping[str, tuple[Validator, ...]]:
    """The validators of a class's settings, by its full name."""
    simple = class_name.rsplit(".", 1)[-1].split("$")[0]
    return (
        {**_OF_CONVERTERS, **VALIDATORS.get(simple, {})} if simple.endswith("Converter") else VALIDATORS.get(simple, {})
    )
