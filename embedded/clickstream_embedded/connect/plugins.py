"""Connector classes and what their configurations must hold."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream_embedded.connect import converters, transforms
from clickstream_embedded.connect.quickstarts import QUICKSTARTS

DATAGEN = "io.confluent.kafka.connect.datagen.DatagenConnector"
ELASTICSEARCH = "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector"

Config = dict[str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """One configuration setting; `default` None and `required` mean it must be given."""

    name: str
    kind: str
    default: str | None
    required: bool
    documentation: str


@dataclass(frozen=True, slots=True)
class Plugin:
    """A connector class."""

    class_name: str
    type: str
    version: str
    settings: tuple[Setting, ...]


_COMMON = (
    Setting("name", "STRING", None, True, "Globally unique name to use for this connector."),
    Setting("connector.class", "STRING", None, True, "Name or alias of the class for this connector."),
    Setting("tasks.max", "INT", "1", False, "Maximum number of tasks to use for this connector."),
    Setting("key.converter", "CLASS", None, False, "Converter of keys."),
    Setting("value.converter", "CLASS", None, False, "Converter of values."),
    Setting("transforms", "LIST", "", False, "Aliases of the transformations to apply to records."),
)

PLUGINS: dict[str, Plugin] = {
    DATAGEN: Plugin(
        DATAGEN,
        "source",
        "0.5.0",
        (
            *_COMMON,
            Setting("kafka.topic", "STRING", None, True, "Topic to write to"),
            Setting("max.interval", "LONG", "500", False, "Max interval between messages (ms)"),
            Setting("iterations", "INT", "-1", False, "Number of messages to send, or less than 1 for unlimited"),
            Setting("quickstart", "STRING", "", False, "Name of quickstart to use"),
            Setting("schema.string", "STRING", "", False, "The literal JSON-encoded Avro schema to use"),
            Setting("schema.filename", "STRING", "", False, "Filename of schema to use"),
            Setting("schema.keyfield", "STRING", "", False, "Name of field to use as the message key"),
        ),
    ),
    ELASTICSEARCH: Plugin(
        ELASTICSEARCH,
        "sink",
        "10.0.2",
        (
            *_COMMON,
            Setting("topics", "LIST", "", False, "List of topics to consume, separated by commas"),
            Setting("connection.url", "LIST", None, True, "The comma-separated list of Elasticsearch HTTP URLs."),
            Setting("key.ignore", "BOOLEAN", "false", False, "Whether to ignore the record key for the document id."),
            Setting("schema.ignore", "BOOLEAN", "false", False, "Whether to ignore schemas during indexing."),
            Setting("type.name", "STRING", "_doc", False, "The Elasticsearch type name to use when indexing."),
            Setting("batch.size", "INT", "2000", False, "The number of records to process as a batch."),
            Setting("behavior.on.null.values", "STRING", "fail", False, "How to handle records with a null value."),
            Setting(
                "behavior.on.malformed.documents", "STRING", "fail", False, "How to handle documents that are refused."
            ),
            Setting("errors.tolerance", "STRING", "none", False, "Whether records that fail are left out."),
            Setting("errors.deadletterqueue.topic.name", "STRING", "", False, "The topic for records that fail."),
        ),
    ),
}


def find(name: str) -> Plugin | None:
    """A plugin by its class name or the short form of it."""
    if name in PLUGINS:
        return PLUGINS[name]
    return next((p for p in PLUGINS.values() if p.class_name.rsplit(".", 1)[1] in (name, f"{name}Connector")), None)


def errors(plugin: Plugin, config: Config) -> dict[str, list[str]]:
    """What is wrong with a configuration, by setting."""
    found: dict[str, list[str]] = {}
    for setting in plugin.settings:
        value = config.get(setting.name)
        if setting.required and value in (None, ""):
            message = f'Missing required configuration "{setting.name}" which has no default value.'
            found.setdefault(setting.name, []).append(message)
        elif value is not None and setting.kind in ("INT", "LONG") and not value.lstrip("-").isdigit():
            message = f"Invalid value {value} for configuration {setting.name}: Not a number of type {setting.kind}"
            found.setdefault(setting.name, []).append(message)
        elif setting.name.endswith(".converter") and value and not converters.known(value):
            message = f"Invalid value {value} for configuration {setting.name}: Class {value} could not be found."
            found.setdefault(setting.name, []).append(message)
    if plugin.class_name == DATAGEN and "kafka.topic" not in found:
        quickstart = config.get("quickstart", "").lower()
        has_schema = bool(config.get("schema.string") or config.get("schema.filename"))
        if quickstart not in QUICKSTARTS and (quickstart or not has_schema):
            found["quickstart"] = [f"quickstart must be one out of {','.join(sorted(QUICKSTARTS))}"]
    if plugin.class_name == ELASTICSEARCH and not config.get("topics") and not config.get("topics.regex"):
        found["topics"] = ["Must configure one of topics or topics.regex"]
    for prefix, kind, settings in transforms.configured(config):
        try:
            transforms.make(kind, settings)
        except transforms.TransformError as error:
            found[f"{prefix}type"] = [f"Invalid value {kind} for configuration {prefix}type: {error}"]
    return found
