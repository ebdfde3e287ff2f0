"""Texts and forms of requests as Elasticsearch 7.5.2 reads them: each row is what it answers, seen on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_embedded.search import durations, json_text, setting_names
from clickstream_embedded.search.api.routes import Application
from clickstream_embedded.search.errors import SearchError
from clickstream_embedded.search.store import Store


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    store = Store(tmp_path / "search.sqlite")
    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Application(store)), base_url="http://search", headers=headers
    ) as made:
        await made.put("/a/_doc/1", json={"k": "get", "n": 3, "t": "a quick fox", "ok": True})
        yield made
    store.close()


@pytest.mark.parametrize(
    ("text", "told", "column"),
    [
        ('{"size": 1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 13),
        (
            '{"size" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
            10,
        ),
        ('{"size": 0, "size": 1}', "Duplicate field 'size'", 19),
        ('{"size": 01}', "Invalid numeric value: Leading zeroes not allowed", 11),
        ('{"size": tru}', "Unrecognized token 'tru': was expecting 'null', 'true', 'false' or NaN", 14),
        ("size=1", "Unrecognized token 'size': was expecting ('true', 'false' or 'null')", 6),
        ('{"a": "\\x"}', "Unrecognized character escape 'x' (code 120)", 10),
        ('{"a', "Unexpected end-of-input in field name", 7),
    ],
)
def test_a_text_that_is_no_json_is_told_as_jackson_tells_it(text: str, told: str, column: int) -> None:
    with pytest.raises(SearchError) as caught:
        json_text.read(text.encode())
    reason = caught.value.entry["reason"]
    assert reason.startswith(told + "\n"), reason
    assert reason.endswith(f"column: {column}]"), reason


def test_comments_are_passed_over_and_a_quoted_colon_is_no_key() -> None:
    assert json_text.read(b'// note\n{"size": 0 /* none */}') == {"size": 0}
    assert json_text.read(b'{"a": "\\":", "b": {"a": 1}}') == {"a": '":', "b": {"a": 1}}


@pytest.mark.parametrize(
    ("query", "kind", "told"),
    [
        ({"match": {"t": {"query": ["x"]}}}, "parsing_exception", "[match] unknown token [START_ARRAY] after [query]"),
        ({"match": {"t": {"query": "x", "max_expansions": 0}}}, "illegal_argument_exception", "[match] requires maxExpansions to be positive."),
        ({"match": {"t": "x", "boost": 2}}, "parsing_exception", "[match] query doesn't support multiple fields, found [t] and [boost]"),
        ({"range": {"n": [1]}}, "parsing_exception", "[range] query does not support [n]"),
        ({"range": {"n": {"gte": {"a": 1}}}}, "parsing_exception", "[range] query does not support [a]"),
        ({"prefix": {"k": ["x"]}}, "illegal_state_exception", "Can't get text on a START_ARRAY at 1:25"),
        ({"fuzzy": {"k": {"fuzziness": 1}}}, "illegal_argument_exception", "query value cannot be null"),
        ({"bool": {"must": {"match_all": {}}, "boost": {"a": 1}}}, "parsing_exception", "[bool] query does not support [boost]"),
        ({"dis_max": {"queries": 5}}, "parsing_exception", "[dis_max] query does not support [queries]"),
        ({"function_score": {"foo": {}}}, "parsing_exception", "no [query] registered for [function_score]"),
    ],
)  # fmt: skip
async def test_queries_are_read_token_by_token(client: httpx.AsyncClient, query: Any, kind: str, told: str) -> None:
    error = (await client.post("/a/_search", json={"query": query})).json()["error"]
    assert (error["type"], error["reason"]) == (kind, told)


async def test_a_boost_below_zero_and_an_unknown_rewrite_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/a/_search", json={"query": {"term": {"k": {"value": "x", "boost": -1}}}})
    assert answer.json()["error"]["reason"].startswith("negative [boost] are not allowed in [{")
    answer = await client.post("/a/_search", json={"query": {"prefix": {"k": {"value": "x", "rewrite": "foo"}}}})
    cause = answer.json()["error"]["failed_shards"][0]["reason"]["caused_by"]
    assert cause["reason"] == "Failed to parse rewrite_method [foo]"


async def test_what_the_form_lacks_is_told_before_what_the_text_lacks(client: httpx.AsyncClient) -> None:
    answer = await client.post("/a/_search", content='{"query": {"foo": {}}, "size": 1,}')
    assert answer.json()["error"]["reason"] == "no [query] registered for [foo]"


async def test_errors_are_whole_whatever_parts_are_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/none/_search?filter_path=hits.total")
    assert answer.json()["status"] == 404


def test_time_values() -> None:
    assert durations.fault("30s", "x") is None
    assert durations.fault("5", "x") == (
        "failed to parse setting [x] with value [5] as a time value: unit is missing or unrecognized",
        None,
    )
    reason, cause = durations.fault("1.5d", "x") or ("", None)
    assert reason == "failed to parse [1.5d], fractional time values are not supported"
    assert cause == {"type": "number_format_exception", "reason": 'For input string: "1.5"'}


def test_a_wrong_setting_is_told_with_those_near_to_it() -> None:
    assert setting_names.unknown("index.nope") == "unknown setting [index.nope] did you mean [index.codec]?"
    assert setting_names.unknown("index.something.else").endswith("for removed settings")


async def test_blocks_stop_reads_writes_and_changes(client: httpx.AsyncClient) -> None:
    await client.put("/a/_settings", json={"index.blocks.read": True})
    answer = await client.get("/a/_search")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (
        403,
        "index [a] blocked by: [FORBIDDEN/7/index read (api)];",
    )
    await client.put("/a/_settings", json={"index.blocks.read": None})
    await client.put("/a/_settings", json={"index.blocks.read_only": True})
    assert (await client.delete("/a")).status_code == 403
    assert (await client.put("/a/_settings", json={"index.blocks.read_only": False})).status_code == 200
    assert (await client.delete("/a")).status_code == 200


async def test_an_alias_of_several_indices_has_one_to_write_to(client: httpx.AsyncClient) -> None:
    for name in ("b", "c"):
        await client.put(f"/{name}", json={"aliases": {"both": {}}})
    answer = await client.get("/both/_doc/1")
    assert (
        answer.json()["error"]["reason"]
        == "Alias [both] has more than one indices associated with it [[b, c]], can't execute a single index op"
    )
    lines = '{"index": {"_index": "both", "_id": "1"}}\n{"a": 1}\n'
    answer = await client.post("/_bulk", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 400
    add = [{"add": {"index": name, "alias": "both", "is_write_index": True}} for name in ("b", "c")]
    assert (await client.post("/_aliases", json={"actions": add[:1]})).status_code == 200
    assert (await client.post("/_aliases", json={"actions": add[1:]})).json()["error"][
        "type"
    ] == "illegal_state_exception"


async def test_names_with_dots_in_a_mapping_are_objects(client: httpx.AsyncClient) -> None:
    await client.put("/d", json={"mappings": {"properties": {"x.y": {"type": "long"}}}})
    assert (await client.get("/d/_mapping")).json()["d"]["mappings"] == {
        "properties": {"x": {"properties": {"y": {"type": "long"}}}}
    }
    answer = await client.put("/e", json={"mappings": {"properties": {"k": {"type": "keyword", "ignore_above": "x"}}}})
    assert answer.json()["error"]["reason"] == 'Failed to parse mapping [_doc]: For input string: "x"'


async def test_a_number_is_no_truth_value_of_a_document(client: httpx.AsyncClient) -> None:
    answer = await client.put("/a/_doc/2", json={"ok": 1})
    assert "Current token (VALUE_NUMBER_INT) not of boolean type" in answer.json()["error"]["caused_by"]["reason"]


async def test_numbers_are_rounded_to_the_bits_of_their_field(client: httpx.AsyncClient) -> None:
    await client.put("/h", json={"mappings": {"properties": {"r": {"type": "half_float"}}}})
    await client.put("/h/_doc/1", json={"r": 4.7})
    body = {"sort": ["r"], "query": {"term": {"r": 4.7}}, "docvalue_fields": ["r"], "_source": False}
    found = (await client.post("/h/_search", json=body)).json()["hits"]["hits"]
    assert (found[0]["sort"], found[0]["fields"]) == ([4.6992188], {"r": [4.69921875]})


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"m": [1, "x"]}, "mapper [m] of different type, current_type [long], merged_type [text]"),
        ({"m": ["1", 1]}, "mapper [m] of different type, current_type [text], merged_type [long]"),
        ({"m": [{"b": 1}, 1]}, "Can't merge a non object mapping [m] with an object mapping [m]"),
    ],
)
async def test_values_of_two_types_make_no_field(client: httpx.AsyncClient, document: Any, told: str) -> None:
    answer = await client.put("/m/_doc/1", json=document)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, told)
    assert (await client.get("/m/_mapping")).json()["m"]["mappings"] == {}
    assert (await client.put("/m/_doc/1", json={"m": [1, 2.5]})).status_code == 201
