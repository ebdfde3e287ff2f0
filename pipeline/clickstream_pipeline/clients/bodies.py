"""What the search server and Grafana are given: apart from their clients, as who shows the requests needs no client."""

from __future__ import annotations

from typing import Any

TEMPLATE = "kafkaconnect"
_RULES = [
    {"dates": {"match": "EVENT_TS", "mapping": {"type": "date"}}},
    {"strings": {"match": "*", "match_mapping_type": "string", "mapping": {"type": "keyword"}}},
]


def template_body(major: int) -> dict[str, Any]:
    """The index template in the form of that major version: EVENT_TS is a date, strings are keywords."""
    settings = {"number_of_shards": 1, "number_of_replicas": 0}
    if major < 7:
        return {"template": "*", "settings": settings, "mappings": {"_default_": {"dynamic_templates": _RULES}}}
    return {"index_patterns": ["*"], "settings": settings, "mappings": {"dynamic_templates": _RULES}}


def source_body(index: str, search: str, search_version: str) -> dict[str, Any]:
    """The data source of one index, named after it.

    Args:
        index: The index, in the place where each Grafana looks: `database` up to 9, `jsonData.index` from 9.1 on.
        search: Address of the search server as Grafana sees it.
        search_version: Its version, as `7.17.28`; `put_source` gives it the form that its Grafana takes.

    Source: Grafana's HTTP API of data sources, and its provisioning reference of Elasticsearch.
    """
    return {
        "name": index,
        "type": "elasticsearch",
        "access": "proxy",
        "url": search.rstrip("/"),
        "database": index,
        "jsonData": {
            "timeField": "EVENT_TS", "esVersion": search_version, "index": index, "maxConcurrentShardRequests": 5,
        },
    }  # fmt: skip
