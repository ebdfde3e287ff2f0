"""Further rules of the search server, with values that Elasticsearch 7.5.2 answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_embedded.search.api.routes import Application
from clickstream_embedded.search.store import Store


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    store = Store(tmp_path / "search.sqlite")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Application(store)), base_url="http://search") as made:
        for number in range(6):
            at = f"20{10 + number}-03-0{1 + number}"
            body = {"n": [number, number], "k": ["get", "get"], "at": at, "o": [{"x": 1}], "t": "a b"}
            await made.put(f"/a/_doc/{number}", json=body)
        yield made
    store.close()


async def search(client: httpx.AsyncClient, body: Any) -> Any:
    return (await client.post("/a/_search", json=body)).json()


async def first_reason(client: httpx.AsyncClient, body: Any) -> str:
    return (await search(client, body))["error"]["root_cause"][0]["reason"]


async def test_a_text_counts_once_a_document_and_a_number_as_often_as_it_is_there(client: httpx.AsyncClient) -> None:
    aggs = {"k": {"value_count": {"field": "k.keyword"}}, "n": {"value_count": {"field": "n"}}}
    found = (await search(client, {"size": 0, "aggs": aggs}))["aggregations"]
    assert (found["k"]["value"], found["n"]["value"]) == (6, 12)


@pytest.mark.parametrize(("least", "count"), [(1, 0), ("100%", 6), (-1, 6), (0, 6)])
async def test_so_many_of_no_optional_clauses_is_nothing(client: httpx.AsyncClient, least: Any, count: int) -> None:
    query = {"bool": {"must": {"match_all": {}}, "minimum_should_match": least}}
    assert (await search(client, {"query": query, "size": 0}))["hits"]["total"]["value"] == count


async def test_a_name_that_is_left_out_must_be_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/a*,-none/_search")).status_code == 404
    assert (await client.get("/a*,-none/_search?ignore_unavailable=true")).status_code == 200
    assert (await client.get("/a*,-none*/_search")).status_code == 200


async def test_automatic_buckets_of_years_begin_with_a_year(client: httpx.AsyncClient) -> None:
    aggs = {"d": {"auto_date_histogram": {"field": "at", "buckets": 2}}}
    found = (await search(client, {"size": 0, "aggs": aggs}))["aggregations"]["d"]
    assert found["interval"] == "5y"
    assert [each["key_as_string"][:10] for each in found["buckets"]] == ["2010-01-01", "2015-01-01"]


async def test_what_is_wrong_is_told_in_the_real_order(client: httpx.AsyncClient) -> None:
    text, gone = {"terms": {"field": "t"}}, {"sum_bucket": {"buckets_path": "gone>p"}}
    told = "buckets_path aggregation does not exist for aggregation [x]: gone>p"
    assert await first_reason(client, {"aggs": {"t": text, "x": gone}}) == told
    assert "Fielddata is disabled" in await first_reason(client, {"aggs": {"t": {**text, "aggs": {"x": gone}}}})
    nested = {"nested": {"path": "o"}, "aggs": {"t": text}}
    assert await first_reason(client, {"aggs": {"n": nested}}) == "[nested] nested path [o] is not nested"
    sort = [{"o.x": {"nested": {"path": "o"}}}]
    assert await first_reason(client, {"sort": sort}) == "[nested] nested object under path [o] is not of nested type"
    scripts = {"s": {"script": "1"}}
    assert "No mapping found for [z]" in await first_reason(client, {"sort": ["z"], "script_fields": scripts})
    assert await first_reason(client, {"script_fields": scripts}) == "script_lang not supported [painless]"


async def test_numbers_do_not_change_their_type(client: httpx.AsyncClient) -> None:
    answer = await client.put("/a/_mapping", json={"properties": {"n": {"type": "integer"}}})
    assert answer.json()["error"]["reason"] == "mapper [n] cannot be changed from type [long] to [integer]"


async def test_an_update_of_a_bulk_shows_its_document_as_it_left_it(client: httpx.AsyncClient) -> None:
    lines = [
        {"update": {"_id": "1"}},
        {"doc": {"k": "first"}},
        {"update": {"_id": "1"}},
        {"doc": {"k": "second"}},
        {"delete": {"_id": "1"}},
    ]
    body = "".join(json.dumps(each) + "\n" for each in lines)
    answer = await client.post("/a/_bulk?_source=k", content=body, headers={"Content-Type": "application/x-ndjson"})
    shown = [item["update"]["get"] for item in answer.json()["items"][:2]]
    assert [each["_source"] for each in shown] == [{"k": "first"}, {"k": "second"}]
    assert shown[0]["_seq_no"] < shown[1]["_seq_no"]


async def test_a_format_may_be_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/a/_count?format=yaml&filter_path=count")
    assert answer.headers["content-type"] == "application/yaml"
    assert answer.text == "---\ncount: 6\n"


@pytest.mark.parametrize(
    ("flags", "pattern", "fits"),
    [({}, "a@&.b", ["ab"]), ({"flags": "NONE"}, "a&b", ["a&b"]), ({"flags_value": 0}, "~x", ["~x"]), ({}, "~(a.*)", ["<1-2>", "~x"]),
     ({"flags": "INTERVAL"}, "~x", ["~x"]), ({"flags": "INTERSECTION|ANYSTRING"}, "a@&..", ["a@", "ab"]),
     ({"flags": "COMPLEMENT"}, "a@", ["a@"])],
)  # fmt: skip
async def test_flags_of_regular_expressions_say_what_is_an_operator(
    client: httpx.AsyncClient, flags: dict[str, Any], pattern: str, fits: list[str]
) -> None:
    for number, text in enumerate(("ab", "a&b", "~x", "<1-2>", "a@")):
        await client.put(f"/r/_doc/{number}?refresh", json={"w": text})
    body = {"query": {"regexp": {"w.keyword": {"value": pattern, **flags}}}, "_source": ["w"]}
    found = (await client.post("/r/_search", json=body)).json()["hits"]["hits"]
    assert sorted(each["_source"]["w"] for each in found) == sorted(fits)


async def test_what_is_parsed_is_refused_before_fields_are_looked_at(client: httpx.AsyncClient) -> None:
    aggs: dict[str, Any] = {"t": {"terms": {"field": "t", "include": "a.*", "exclude": ["b"]}}}
    answer = await search(client, {"size": 0, "aggs": aggs})
    assert answer["error"]["caused_by"]["reason"] == "Cannot mix a regex-based include with a set-based method"
    double = [{"x": {"terms": {"field": "t"}}}, {"x": {"terms": {"field": "k"}}}]
    answer = await search(client, {"size": 0, "aggs": {"c": {"composite": {"sources": double}}}})
    assert answer["error"]["caused_by"]["reason"] == "Composite source names must be unique, found duplicates: [x]"


async def test_a_document_that_does_not_fit_is_refused_before_one_that_comes_too_late(
    client: httpx.AsyncClient,
) -> None:
    await client.put("/s", json={"mappings": {"properties": {"n": {"type": "byte"}}}})
    await client.put("/s/_doc/1", json={"n": 1})
    for body, code in (({"n": 300}, 400), ({"n": 2}, 409)):
        assert (await client.put("/s/_create/1", json=body)).status_code == code


async def test_a_missing_date_is_read_by_the_aggregations_format(client: httpx.AsyncClient) -> None:
    spec = {"field": "at", "format": "MM-yyyy", "missing": "01-2020", "ranges": [{"from": "06-2012"}]}
    found = await search(client, {"size": 0, "aggs": {"r": {"date_range": spec}}})
    assert found["aggregations"]["r"]["buckets"][0]["doc_count"] == 3


async def test_objects_are_told_of_with_what_is_in_them(client: httpx.AsyncClient) -> None:
    for asked, names in (("o", []), ("o.x", ["o", "o.x"])):
        assert sorted((await client.get(f"/a/_field_caps?fields={asked}")).json()["fields"]) == names
