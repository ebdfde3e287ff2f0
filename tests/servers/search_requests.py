"""Requests to Elasticsearch 7.5.2 and to our search server."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.integration.jvm.processes import elasticsearch
from tests.processes import Server
from tests.servers import (
    search_aggregations,
    search_bank,
    search_clients,
    search_documents,
    search_festival,
    search_further,
    search_gym,
    search_harbour,
    search_hotel,
    search_keepers,
    search_kitchen,
    search_library,
    search_machines,
    search_more,
    search_news,
    search_observatory,
    search_orchard,
    search_ordinary,
    search_panels,
    search_parcels,
    search_queries,
    search_school,
    search_sensors,
    search_shop,
    search_weather,
)
from tests.servers.exchanges import Answer, Exchange, Send

NAME = "search"
VOLATILE = frozenset({
    "took", "node", "index_uuid", "uuid", "creation_date", "_scroll_id", "cluster_name", "cluster_uuid", "name", "build_type",
    "build_hash", "build_flavor", "store.size", "pri.store.size", "docs.deleted", "cluster", "epoch", "timestamp",
    "max_task_wait_time", "_node", "size_in_bytes", "deleted", "throttled_millis", "ingest_took", "index.creation_date", "index.uuid",
})  # fmt: skip


def exchanges() -> Iterator[Exchange]:
    yield from search_documents.setup()
    yield from search_queries.exchanges()
    yield from search_aggregations.exchanges()
    yield from search_more.exchanges()
    yield from search_further.exchanges()
    yield from search_documents.exchanges()
    yield from search_ordinary.exchanges()
    yield from search_shop.exchanges()
    yield from search_library.exchanges()
    yield from search_sensors.exchanges()
    yield from search_news.exchanges()
    yield from search_panels.exchanges()
    yield from search_bank.exchanges()
    yield from search_clients.exchanges()
    yield from search_weather.exchanges()
    yield from search_keepers.exchanges()
    yield from search_parcels.exchanges()
    yield from search_school.exchanges()
    yield from search_machines.exchanges()
    yield from search_kitchen.exchanges()
    yield from search_festival.exchanges()
    yield from search_harbour.exchanges()
    yield from search_hotel.exchanges()
    yield from search_gym.exchanges()
    yield from search_orchard.exchanges()
    yield from search_observatory.exchanges()


def _plain(value: Any) -> Any:
    """An answer without the names that each server gives by itself: uuids, nodes, ids of documents."""
    text = json.dumps(value)
    text = re.sub(r"(\[(?:one|n1)\]\[[\d.]+:\d+\])", "[node]", text)
    text = re.sub(r"\[([a-z0-9_.-]+)/[\w-]{22}\]", r"[\1/uuid]", text)
    text = re.sub(r"(search context found for id )\[\d+\]", r"\1[number]", text)
    # methods in the order of the hashes of a set, which each start of the Java process has anew
    text = re.sub(
        r"(allowed: \[)([A-Z, ]+)\]", lambda found: f"{found[1]}{', '.join(sorted(found[2].split(', ')))}]", text
    )
    return json.loads(text)


class _Client:
    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=60)
        self._scroll = ""

    def __call__(self, exchange: Exchange) -> Answer:
        body = exchange.body
        headers = {"Content-Type": "application/json", **(exchange.headers or {})}
        if isinstance(body, list) and exchange.path.partition("?")[0].endswith(("_bulk", "_msearch")):
            body = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in body)
            headers["Content-Type"] = "application/x-ndjson"
        content = None if body is None else body if isinstance(body, bytes | str) else json.dumps(body)
        if isinstance(content, str):
            content = content.replace("$SCROLL", self._scroll)
        path = exchange.path.replace("$SCROLL", self._scroll)
        answer = self._http.request(
            exchange.method, path, content=content, headers=headers if content is not None else {}
        )
        try:
            found = answer.json()
        except ValueError:
            return Answer(
                answer.status_code,
                re.sub(r"\s+", " ", answer.text) if "_cat" not in path else len(answer.text.splitlines()),
            )
        if isinstance(found, dict) and "_scroll_id" in found:
            self._scroll = found["_scroll_id"]
        return Answer(answer.status_code, _plain(found))

    def close(self) -> None:
        self._http.close()


@contextmanager
def _clean(address: str) -> Generator[Send]:
    client = _Client(address)
    client(Exchange("", "DELETE", "/*"))
    client(Exchange("", "DELETE", "/_template/*"))
    try:
        yield client
    finally:
        client.close()


@contextmanager
def ours() -> Generator[Send]:
    """A search server of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Server("search", Path(folder)) as server,
        _clean(f"http://{server.address}") as client,
    ):
        yield client


@contextmanager
def real() -> Generator[Send]:
    """The real Elasticsearch: one that runs where ELASTICSEARCH_URL names it, else one that is started for this."""
    running = os.environ.get("ELASTICSEARCH_URL")
    if running:
        with _clean(running) as client:
            yield client
        return
    with elasticsearch("7.5.2") as address, _clean(address) as client:
        yield client
