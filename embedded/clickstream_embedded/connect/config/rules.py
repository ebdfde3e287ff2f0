"""What settings demand of one another, by the kind of connector and by its class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from clickstream_embedded.connect.config.catalog import DATAGEN, FILE_SOURCE, Plugin
from clickstream_embedded.connect.config.definition import ConfigValue
from clickstream_embedded.connect.datagen.avro_generator import SchemaError, check_schema
from clickstream_embedded.connect.datagen.quickstarts import QUICKSTARTS
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.java_regex import BadPattern, compiled

_BOTH = "topics and topics.regex are mutually exclusive options, but both are set."
_NEITHER = "Must configure one of topics or topics.regex"
_SOURCES = ("schema.string", "schema.filename", "quickstart")
# as the real connector tells them: the order of a Java HashSet
_TOLD = "clickstream_users,pageviews,product,ratings,stock_trades,clickstream,orders,users_,inventory,users,clickstream_codes"


def check(plugin: Plugin, given: Mapping[str, str], values: Mapping[str, ConfigValue], worker_group: str) -> None:
    """Adds what is wrong to the values.

    Args:
        plugin: the connector's class.
        given: its configuration.
        values: what was found for each setting so far.
        worker_group: the consumer group of the worker itself.
    """
    if plugin.kind == "sink":
        _sink(given, values, worker_group)
    else:
        _source(plugin, given, values)
    if plugin.class_name == DATAGEN:
        _datagen(values)


def _sink(given: Mapping[str, str], values: Mapping[str, ConfigValue], worker_group: str) -> None:
    topics, regex = values["topics"], values["topics.regex"]
    has_topics, has_regex = bool((given.get("topics") or "").strip()), bool((given.get("topics.regex") or "").strip())
    if has_topics == has_regex:
        for value in (topics, regex):
            value.errors.append(_BOTH if has_topics else _NEITHER)
    letters = (given.get("errors.deadletterqueue.topic.name") or "").strip()
    if letters and has_topics and letters in (topics.parsed or ()):
        topics.errors.append(f"The DLQ topic '{letters}' may not be included in the list of topics ('topics="
                             f"[{', '.join(topics.parsed)}]') consumed by the connector")  # fmt: skip
    if letters and has_regex and _matches(given["topics.regex"].strip(), letters):
        regex.errors.append(f"The DLQ topic '{letters}' may not be matched by the regex for the topics ('topics.regex="
                            f"{regex.parsed}') consumed by the connector")  # fmt: skip
    group = given.get("consumer.override.group.id") or f"connect-{given.get('name', '')}"
    if group == worker_group:
        values["name"].errors.append(f"Consumer group for sink connector named {given.get('name')} conflicts with Connect "
                                     f"worker group {worker_group}")  # fmt: skip


def _matches(pattern: str, text: str) -> bool:
    """Raises JavaError where the pattern is none, as the worker compiles it without a look at what was found of it."""
    try:
        return compiled(pattern).fullmatch(text) is not None
    except BadPattern as error:
        raise JavaError(str(error), "java.util.regex.PatternSyntaxException") from None


_UNKNOWN_ONCE = (
    "The connector does not implement the API required for preflight validation of exactly-once source support. Please "
    "consult the documentation for the connector to determine whether it supports exactly-once semantics, and then "
    'consider reconfiguring the connector to use the value "REQUESTED" for this property (which will disable this '
    "preflight check and allow the connector to be created)."
)


def _why_not_once(plugin: Plugin, given: Mapping[str, str], values: Mapping[str, ConfigValue]) -> str | None:
    """Why a source does not write its records exactly once; None where it does."""
    if plugin.class_name != FILE_SOURCE:
        return _UNKNOWN_ONCE
    for name in ("file", "topic", "batch.size"):  # the connector reads its whole configuration for it
        if values[name].errors:
            return f"An unexpected error occurred during validation: {values[name].errors[0]}"
    no_file = not (given.get("file") or "").strip()
    return "The connector does not support exactly-once semantics with the provided configuration." if no_file else None


def _source(plugin: Plugin, given: Mapping[str, str], values: Mapping[str, ConfigValue]) -> None:
    once, boundary = values["exactly.once.support"], values["transaction.boundary"]
    if not once.errors and str(once.parsed).upper() == "REQUIRED":
        once.errors.append("This worker does not have exactly-once source support enabled.")
        why = _why_not_once(plugin, given, values)
        once.errors += [] if why is None else [why]
    if not boundary.errors and str(boundary.parsed).upper() == "CONNECTOR":
        boundary.errors.append(
            "The connector does not support connector-defined transaction boundaries with the given configuration. Please "
            "reconfigure it to use a different transaction boundary definition."
        )


def _datagen(values: Mapping[str, ConfigValue]) -> None:
    """Exactly one source of the schema, and one that can be used."""
    name = values["quickstart"].parsed or ""
    if name and name.lower() not in QUICKSTARTS:
        values["quickstart"].errors.append(f"quickstart must be one out of {_TOLD}")
    text = values["schema.string"].parsed or ""
    if text:
        _schema(values["schema.string"], text, values["schema.keyfield"])
    path = values["schema.filename"].parsed or ""
    if path:
        try:
            _schema(values["schema.filename"], Path(path).read_text("utf-8"), values["schema.keyfield"])
        except (OSError, ValueError):
            values["schema.filename"].errors.append("Unable to find the schema file")
    told = [setting for setting in _SOURCES if values[setting].value]
    if len(told) != 1:
        for setting in told or _SOURCES:
            values[setting].errors.append(f"Must set exactly one of {', '.join(_SOURCES)}")


def _schema(value: ConfigValue, text: str, key_field: ConfigValue) -> None:
    try:
        check_schema(text)
    except SchemaError as error:
        value.errors.append(str(error))
        return
    schema = json.loads(text)
    fields = [each["name"] for each in schema["fields"]]
    if key_field.value and key_field.value not in fields:
        key_field.errors.append(f"The schema does not contain the key field '{key_field.value}'")
