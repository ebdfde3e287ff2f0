"""Rules of the search server with expected values of their own, as Elasticsearch 7.5.2 answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_embedded.search.api.routes import Application
from clickstream_embedded.search.mismatches import mismatch
from clickstream_embedded.search.numbers import murmur3
from clickstream_embedded.search.store import Store


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    store = Store(tmp_path / "search.sqlite")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Application(store)), base_url="http://search") as made:
        for number in range(6):
            body = {"n": number, "w": number % 2, "k": ("get", "put")[number % 2]}
            await made.put(f"/a/_doc/{number}", json=body)
        yield made
    store.close()


async def reason(client: httpx.AsyncClient, path: str, body: Any, method: str = "POST") -> str:
    answer = await client.request(method, path, json=body)
    assert answer.status_code >= 400, answer.text
    return answer.json()["error"]["reason"]


async def test_options_of_aggregations_are_of_their_types(client: httpx.AsyncClient) -> None:
    async def told(kind: str, spec: Any) -> str:
        return await reason(client, "/a/_search", {"aggs": {"x": {kind: spec}}})

    assert (await told("terms", {"field": 5})).endswith("[terms] field doesn't support values of type: VALUE_NUMBER")
    assert (await told("avg", {"field": "n", "time_zone": "Z"})).endswith(
        "[avg] unknown field [time_zone], parser not found"
    )
    assert (await told("min", {"field": None})).endswith("[avg] field doesn't support values of type: VALUE_NULL")
    assert (await told("terms", {"field": "k", "size": 0})).endswith("[terms] failed to parse field [size]")
    assert await told("avg_bucket", {"buckets_path": 5}) == "Unexpected token VALUE_NUMBER [buckets_path] in [x]"
    assert await told("avg", {}) == "all shards failed"


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("significant_terms", {"field": "k", "background_filter": {"term": {"w": 1}}}),
        ("geohash_grid", {"field": "at", "bounds": {"top_left": "1,1", "bottom_right": "0,2"}}),
        ("nested", {"path": "items"}),
    ],
)
async def test_what_is_not_there_is_refused_and_not_left_out(client: httpx.AsyncClient, kind: str, spec: Any) -> None:
    fields = {"k": {"type": "keyword"}, "at": {"type": "geo_point"}, "items": {"type": "nested"}}
    await client.put("/z", json={"mappings": {"properties": fields}})
    await client.put("/z/_doc/1", json={"k": "x", "at": "0,1", "items": [{"n": 1}]})
    inner = {"aggs": {"t": {"top_hits": {}}}} if kind == "nested" else {}
    told = await reason(client, "/z/_search", {"size": 0, "aggs": {"x": {kind: spec, **inner}}})
    assert "not there in this server" in told


async def test_weighted_means_and_parts_of_terms(client: httpx.AsyncClient) -> None:
    spec = {"value": {"field": "n"}, "weight": {"field": "w"}}
    answer = (await client.post("/a/_search", json={"size": 0, "aggs": {"x": {"weighted_avg": spec}}})).json()
    assert answer["aggregations"]["x"]["value"] == 3.0
    found: list[str] = []
    for part in range(3):
        include = {"partition": part, "num_partitions": 3}
        terms = {"terms": {"field": "k.keyword", "include": include}}
        answer = (await client.post("/a/_search", json={"size": 0, "aggs": {"x": terms}})).json()
        found += [bucket["key"] for bucket in answer["aggregations"]["x"]["buckets"]]
    assert sorted(found) == ["get", "put"]
    # the published values of MurmurHash3 for x86, 32 bits
    assert murmur3(b"", 0) == 0
    assert murmur3(b"test", 0) & 0xFFFFFFFF == 0xBA6BD213
    assert murmur3(b"Hello, world!", 0) & 0xFFFFFFFF == 0xC0363E43


async def test_a_closed_index_keeps_its_documents_to_itself(client: httpx.AsyncClient) -> None:
    closed = (await client.post("/a/_close")).json()
    assert closed == {"acknowledged": True, "shards_acknowledged": True, "indices": {"a": {"closed": True}}}
    assert (await client.get("/a/_search")).json()["error"]["type"] == "index_closed_exception"
    assert (await client.put("/a/_doc/9", json={"n": 9})).status_code == 400
    assert (await client.get("/_search")).json()["_shards"]["total"] == 0
    assert (await client.get("/a/_settings")).status_code == 200
    assert (await client.get("/_cat/indices/a?format=json")).json()[0]["status"] == "close"
    await client.post("/a/_open")
    assert (await client.get("/a/_count")).json()["count"] == 6


async def test_reindex_copies_what_a_query_finds(client: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {
        "source": {"index": "a", "query": {"range": {"n": {"gte": 2}}}, "_source": ["n"]},
        "dest": {"index": "b"},
    }
    answer = (await client.post("/_reindex", json=body)).json()
    assert (answer["total"], answer["created"], answer["updated"], answer["failures"]) == (4, 4, 0, [])
    assert (await client.get("/b/_source/3")).json() == {"n": 3}
    answer = (
        await client.post(
            "/_reindex", json={**body, "dest": {"index": "b", "op_type": "create"}, "conflicts": "proceed"}
        )
    ).json()
    assert (answer["version_conflicts"], answer["created"], answer["failures"]) == (4, 0, [])
    assert "reindex cannot write into an index its reading from [a]" in await reason(client, "/_reindex", {
        "source": {"index": "a"}, "dest": {"index": "a"}})  # fmt: skip


async def test_documents_are_refused_with_their_place(client: httpx.AsyncClient) -> None:
    answer = await client.put(
        "/a/_doc/7", content=b'{"k": "x",\n "n": true}', headers={"Content-Type": "application/json"}
    )
    assert answer.json()["error"]["caused_by"]["reason"].endswith("line: 2, column: 11]")
    answer = await client.put("/a/_doc/7", json={"k": {"x": 1}})
    assert answer.json()["error"]["caused_by"]["reason"] == "Can't get text on a START_OBJECT at 1:6"
    assert "metadata field" in await reason(client, "/a/_doc/7", {"_id": 1}, "PUT")
    assert (await client.put("/a/_doc/7", json={"n": ""})).status_code == 201
    await client.put("/d/_doc/1", json={"one": "2020-01-01", "two": "2020/01/01"})
    fields = (await client.get("/d/_mapping")).json()["d"]["mappings"]["properties"]
    assert fields == {
        "one": {"type": "date"},
        "two": {"type": "date", "format": "yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis"},
    }


def test_where_a_text_stops_to_be_a_date() -> None:
    assert mismatch("2020-01-02", "yyyy/MM/dd") == "Text '2020-01-02' could not be parsed at index 4"
    assert mismatch("2020/01/02 x", "yyyy/MM/dd").endswith("unparsed text found at index 10")


async def test_settings_of_the_cluster_and_what_there_is_none_of(client: httpx.AsyncClient) -> None:
    assert (
        await reason(client, "/_cluster/settings", {"transient": {"foo": 1}}, "PUT")
        == "transient setting [foo], not recognized"
    )
    kept = await client.put("/_cluster/settings", json={"transient": {"cluster.routing.allocation.enable": "all"}})
    assert kept.json()["transient"] == {"cluster": {"routing": {"allocation": {"enable": "all"}}}}
    assert (await client.get("/_cat/plugins?format=json")).json() == []
    assert "time value" in await reason(client, "/a/_doc/1?timeout=1x", {"n": 1}, "PUT")


async def test_a_scroll_in_the_order_of_the_index_tells_what_is_left(client: httpx.AsyncClient) -> None:
    first = (await client.post("/a/_search?scroll=1m", json={"size": 2, "sort": ["_doc"]})).json()
    assert [hit["sort"] for hit in first["hits"]["hits"]] == [[0], [1]]
    told = [
        (await client.post("/_search/scroll", json={"scroll_id": first["_scroll_id"]})).json()["terminated_early"]
        for _ in range(2)
    ]
    assert told == [True, True]
    assert (await client.post("/a/_search", json={"query": {"bool": {"must": None, "odd": []}}})).status_code == 200
    assert "bool query does not support [odd]" in await reason(client, "/a/_search", {"query": {"bool": {"odd": [1]}}})


@pytest.mark.parametrize("patterns", [5, [[1]], [{"a": 1}], None, {}])
@pytest.mark.parametrize("kind", ["_template", "_index_template"])
async def test_a_template_of_odd_patterns_stops_no_index_from_being_made(
    client: httpx.AsyncClient, kind: str, patterns: Any
) -> None:
    await client.put(f"/{kind}/odd", json={"index_patterns": patterns})
    assert (await client.put("/new")).status_code == 200


async def test_an_empty_source_of_a_composite_is_answered(client: httpx.AsyncClient) -> None:
    """StopIteration out of a thread would leave the request without an answer for ever."""
    for sources in ([{}], [{"a": {}}], [5], [[]]):
        body = {"size": 0, "aggs": {"x": {"composite": {"sources": sources}}}}
        assert (await client.post("/a/_search", json=body)).status_code == 400
