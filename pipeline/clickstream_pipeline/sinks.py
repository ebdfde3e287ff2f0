"""The tutorial's seven sinks as configurations that real Connect workers take, whatever version of the plugin they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickstream_pipeline.probe import Context

PLUGIN = "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector"
TYPE = "_doc"


def sink_config(table: str, elasticsearch: str, *, typed: bool = False) -> dict[str, str]:
    """The sink of one table into its index.

    No transform is asked for: the tutorial's NullFilter is a jar of its own that no image has. Tombstones are left out
    by `behavior.on.null.values` instead.

    Args:
        table: The ksqlDB table, and its topic.
        elasticsearch: Address of the search server as Connect sees it.
        typed: Whether documents need a type: Elasticsearch 6 does, and so do plugins where `type.name` is required.

    Source: the plugin's configuration reference (docs.confluent.io/kafka-connectors/elasticsearch).
    """
    config = {
        "connector.class": PLUGIN,
        "topics": table,
        "key.ignore": "true",
        "schema.ignore": "true",
        "key.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "topic.index.map": f"{table}:{table.lower()}",
        "connection.url": elasticsearch.rstrip("/"),
        "behavior.on.null.values": "ignore",
        # the plugin's own 1 s and 3 s fail a task for good where an index is slow once
        "connection.timeout.ms": "10000",
        "read.timeout.ms": "30000",
        "max.retries": "10",
        "retry.backoff.ms": "1000",
    }
    return {**config, "type.name": TYPE} if typed else config


async def sink_configs(context: Context, tables: list[str] | tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The configuration of each table's sink, for the worker and the search server that are there.

    Raises:
        PipelineError: where either cannot be asked.
    """
    typed = await context.elasticsearch.major() < 7 or "type.name" in await context.connect.required(PLUGIN)
    return {table: sink_config(table, context.sink_url, typed=typed) for table in tables}
