"""The transforms and predicates that a connector's configuration names, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clickstream_embedded.connect.java_errors import CONNECT_EXCEPTION, ConfigError, JavaError
from clickstream_embedded.connect.java_regex import BadPattern, compiled
from clickstream_embedded.connect.transforms import casts, fields, headers, timestamps
from clickstream_embedded.connect.transforms.record import ConnectRecord, Settings, Transform, names

PACKAGE = "org.apache.kafka.connect.transforms."
NULL_FILTER = "io.confluent.transforms.NullFilter"  # of the published tutorial's sinks: drops tombstones
_SIDED: dict[str, Callable[[Settings, bool], Transform]] = {
    "Cast": casts.cast, "ExtractField": fields.extract_field, "Flatten": fields.flatten,
    "HeaderFrom": headers.header_from, "HoistField": fields.hoist_field, "InsertField": fields.insert_field,
    "MaskField": fields.mask_field, "ReplaceField": fields.replace_field,
    "SetSchemaMetadata": headers.set_schema_metadata, "TimestampConverter": timestamps.timestamp_converter,
}  # fmt: skip
_WHOLE: dict[str, Callable[[Settings], Transform]] = {
    "DropHeaders": headers.drop_headers, "Filter": lambda _: lambda _: None, "InsertHeader": headers.insert_header,
    "RegexRouter": headers.regex_router, "TimestampRouter": headers.timestamp_router,
    "ValueToKey": fields.value_to_key,
}  # fmt: skip
Predicate = Callable[[ConnectRecord], bool]
PREDICATES = tuple(f"{PACKAGE}predicates.{name}" for name in ("HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"))
TRANSFORMS = (
    NULL_FILTER,
    *sorted(
        [f"{PACKAGE}{name}${part}" for name in _SIDED for part in ("Key", "Value")]
        + [f"{PACKAGE}{name}" for name in _WHOLE]
    ),
)


def make(class_name: str, settings: Settings) -> Transform:
    """The transform of a class name. Raises JavaError where its settings do not fit together."""
    if class_name == NULL_FILTER:
        return lambda record: None if record.value is None else record
    name, _, part = class_name.removeprefix(PACKAGE).partition("$")
    return _SIDED[name](settings, part == "Key") if part else _WHOLE[name](settings)


def predicate(class_name: str, settings: Settings) -> Predicate:
    """The predicate of a class name."""
    match class_name.rsplit(".", 1)[1]:
        case "HasHeaderKey":
            header = settings.get("name", "")
            return lambda record: any(name == header for name, _, _ in record.headers)
        case "TopicNameMatches":
            pattern = compiled(settings.get("pattern", ""))
            return lambda record: pattern.fullmatch(record.topic) is not None
        case _:
            return lambda record: record.value is None


def settings_of(config: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The settings under a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in config.items() if name.startswith(prefix)}


@dataclass(frozen=True, slots=True)
class Stage:
    """One transform of a connector, behind its predicate; `class_name` is told of records that it fails for."""

    class_name: str
    transform: Transform


def chain(config: Mapping[str, str], resolved: Callable[[str], str]) -> list[Stage]:
    """A connector's transforms, each behind its predicate.

    Args:
        config: the connector's configuration.
        resolved: full class name of the name or alias that a configuration gives.

    Raises:
        JavaError: settings do not fit together, as a task finds when it starts.
    """
    made: list[Stage] = []
    for alias in names(config.get("transforms")):
        settings = settings_of(config, f"transforms.{alias}.")
        try:
            name = resolved(settings.get("type", ""))
            made.append(Stage(name, _guarded(make(name, settings), settings, config, resolved)))
        except (JavaError, BadPattern) as error:
            cause = error if isinstance(error, JavaError) else ConfigError(str(error))
            raise JavaError(cause.line, CONNECT_EXCEPTION, cause) from None
    return made


def _guarded(
    transform: Transform, settings: Settings, config: Mapping[str, str], resolved: Callable[[str], str]
) -> Transform:
    alias = settings.get("predicate")
    if alias is None:
        return transform
    inner = settings_of(config, f"predicates.{alias}.")
    if "type" not in inner or alias not in names(config.get("predicates")):
        raise ConfigError(f"Unknown configuration 'predicates.{alias}.type'")
    test = predicate(resolved(inner["type"]), inner)
    negated = settings.get("negate", "false").strip().lower() == "true"
    return lambda record: transform(record) if test(record) != negated else record


def apply(stages: list[Stage], record: ConnectRecord) -> ConnectRecord | None:
    """The record behind all transforms; None where one drops it. Raises JavaError."""
    for stage in stages:
        changed = stage.transform(record)
        if changed is None:
            return None
        record = changed
    return record
