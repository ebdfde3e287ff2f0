"""The search server by itself: what it takes is data and is walked; rows of what was wrong; clients' whole ways."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_embedded.search.aggregations.catalog import OPTIONS
from clickstream_embedded.search.api.routes import ENDPOINTS, Application
from clickstream_embedded.search.mapping import PARAMETERS
from clickstream_embedded.search.queries.registry import COMPOUND, SIMPLE
from clickstream_embedded.search.request import KEYS
from clickstream_embedded.search.settings import KNOWN
from clickstream_embedded.search.store import Store
from tests.servers.search_documents import MAPPING, documents

# a body of each query that is taken, so that only the key that is added to it can be wrong
BODIES: dict[str, dict[str, Any]] = {
    **{kind: {"k": {"value": "x"}} for kind in ("term", "prefix", "wildcard", "regexp", "fuzzy")},
    **{kind: {"t": {"query": "x"}} for kind in ("match", "match_phrase", "match_phrase_prefix", "match_bool_prefix")},
    "range": {"n": {"gte": 1}}, "terms": {"k": ["x"]}, "ids": {"values": ["1"]}, "exists": {"field": "k"},
    "multi_match": {"query": "x", "fields": ["t"]}, "query_string": {"query": "x"}, "simple_query_string": {"query": "x"},
    "nested": {"path": "o", "query": {"match_all": {}}}, "match_all": {}, "match_none": {}, "bool": {},
    "constant_score": {"filter": {"match_all": {}}}, "dis_max": {"queries": [{"match_all": {}}]},
    "boosting": {"positive": {"match_all": {}}, "negative": {"match_none": {}}, "negative_boost": 0.5},
    "function_score": {"weight": 2}, "type": {"value": "_doc"},
    "wrapper": {"query": "eyJ0ZXJtIjp7Im4iOjF9fQ=="}, "terms_set": {"tags": {"terms": ["red"], "minimum_should_match_field": "n"}},
    "script": {"script": "1"}, "script_score": {"query": {"match_all": {}}, "script": "1"},
    "geo_distance": {"distance": "1km", "p": [1, 1], "ignore_unmapped": True}, "distance_feature": {"field": "d", "origin": "now", "pivot": "1d"},
    "geo_bounding_box": {"p": {"top": 2, "left": 1, "bottom": 1, "right": 2}, "ignore_unmapped": True},
    "geo_polygon": {"p": {"points": [[1, 1], [1, 2], [2, 2]]}, "ignore_unmapped": True},
    "intervals": {"t": {"match": {"query": "x"}}}, "more_like_this": {"like": "x"}, "common": {"t": {"query": "x"}},
}  # fmt: skip


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The server's application over a store of its own, with the documents of the comparison in the index a1."""
    store = Store(tmp_path / "search.sqlite")
    transport = httpx.ASGITransport(Application(store))
    async with httpx.AsyncClient(transport=transport, base_url="http://search") as made:
        await made.put("/a1", json={"settings": {"number_of_replicas": 0}, "mappings": MAPPING})
        lines = [each for name, body in documents() for each in ({"index": {"_index": "a1", "_id": name}}, body)]
        assert (await bulk(made, lines))["errors"] is False
        yield made
    store.close()


async def bulk(client: httpx.AsyncClient, lines: list[Any]) -> Any:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return (await client.post("/_bulk", content=text, headers={"Content-Type": "application/x-ndjson"})).json()


async def search(client: httpx.AsyncClient, body: Any, index: str = "a1") -> Any:
    answer = await client.post(f"/{index}/_search", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, body: Any) -> str:
    answer = await client.post("/a1/_search", json=body)
    assert answer.status_code == 400, (body, answer.status_code, answer.text)
    return answer.text


async def test_every_query_refuses_a_key_that_it_does_not_know(client: httpx.AsyncClient) -> None:
    assert set(BODIES) == {*SIMPLE, *COMPOUND}
    for kind, body in BODIES.items():
        if kind not in ("nested", "script", "script_score"):
            await search(client, {"query": {kind: body}})
        if kind in ("terms", "wrapper"):
            continue  # any other key is a second field
        inner = (
            next(iter(body.values()))
            if kind in BODIES and len(body) == 1 and isinstance(next(iter(body.values())), dict)
            else None
        )
        is_fielded = inner is not None and kind != "constant_score"
        odd = {next(iter(body)): {**inner, "zzz": 1}} if is_fielded and inner is not None else {**body, "zzz": 1}
        assert "zzz" in await refused(client, {"query": {kind: odd}}), kind


async def test_every_aggregation_refuses_a_key_that_it_does_not_know(client: httpx.AsyncClient) -> None:
    for kind in OPTIONS:
        if kind == "filter":
            continue  # its body is a query
        text = await refused(client, {"size": 0, "aggs": {"a": {kind: {"zzz": "x"}}}})
        assert "zzz" in text or kind in ("global", "nested", "reverse_nested"), (kind, text)


async def test_every_endpoint_refuses_a_parameter_that_it_does_not_know(client: httpx.AsyncClient) -> None:
    for endpoint in ENDPOINTS:
        path = endpoint.path.format(
            index="a1",
            id="1",
            name="x",
            metric="docs",
            fields="n",
            kind="_doc",
            target="y",
            node="n1",
            context="c",
            repository="r",
        )
        method = endpoint.methods[0]
        answer = await client.request(method, f"{path}?zzz=1", json={} if method in ("PUT", "POST") else None)
        assert answer.status_code in (400, 406), (method, path, answer.text)
        if answer.status_code == 400:
            assert "contains unrecognized parameter: [zzz]" in answer.text or method == "HEAD", (path, answer.text)


async def test_every_key_of_a_body_is_of_its_type(client: httpx.AsyncClient) -> None:
    examples: dict[str, Any] = {
        "START_OBJECT": {},
        "START_ARRAY": [],
        "VALUE_STRING": "x",
        "VALUE_NUMBER": 1,
        "VALUE_BOOLEAN": True,
    }
    for key, kinds in KEYS.items():
        for kind in [each for each in examples if each not in kinds]:
            assert f"Unknown key for a {kind} in [{key}]." in await refused(client, {key: examples[kind]})


async def test_settings_and_mappings_that_are_not_there_are_refused(client: httpx.AsyncClient) -> None:
    wrong = {"whole": "x", "truth": "maybe", "time": "soon"}
    for name, (kind, _, _) in KNOWN.items():
        if kind in wrong:
            answer = await client.put("/other", json={"settings": {name: wrong[kind]}})
            assert answer.status_code == 400, name
    assert (await client.put("/other", json={"settings": {"index.zzz": 1}})).status_code == 400
    for kind in PARAMETERS:
        answer = await client.put("/other", json={"mappings": {"properties": {"f": {"type": kind, "zzz": 1}}}})
        assert "has unsupported parameters:  [zzz : 1]" in answer.text, kind
    assert (
        "No handler for type [join]"
        in (await client.put("/other", json={"mappings": {"properties": {"f": {"type": "join"}}}})).text
    )


def odd_bodies() -> Iterator[Any]:
    """Values of wrong types in the places of right ones."""
    for value in (
        1,
        "x",
        [],
        [1],
        {},
        {"a": 1},
        None,
        True,
        1.5,
        [[]],
        {"field": {}},
        {"field": "n", "interval": {}},
        {"ranges": 1},
    ):
        for kind in (*SIMPLE, *COMPOUND):
            yield {"query": {kind: value}}
            yield {"query": {kind: {"n": value}}}
        for kind in OPTIONS:
            yield {"aggs": {"a": {kind: value}}}
        for key in KEYS:
            yield {key: value}


# what the real server answers 500 with, in words that were seen of it
OF_THE_REAL = {"json_parse_exception", "search_exception", "aggregation_execution_exception", "aggregation_initialization_exception", "illegal_state_exception",
               "array_index_out_of_bounds_exception", "null_pointer_exception", "negative_array_size_exception"}  # fmt: skip


async def test_no_body_gives_500_or_a_word_of_python(client: httpx.AsyncClient) -> None:
    for body in odd_bodies():
        answer = await client.post("/a1/_search", json=body)
        told = (
            answer.json().get("error", {}).get("type"),
            [each["type"] for each in answer.json().get("error", {}).get("root_cause", [])],
        )
        assert answer.status_code in (200, 400, 503) or OF_THE_REAL & {told[0], *told[1]}, (body, answer.text)
        for word in ("Traceback", "NoneType", "KeyError", "object has no attribute", "unhashable", "sqlite"):
            assert word not in answer.text, (body, answer.text)


async def test_what_todays_clients_look_at(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.headers["X-elastic-product"] == "Elasticsearch"
    assert answer.json()["version"]["build_flavor"] == "default"
    packed = gzip.compress(json.dumps({"query": {"term": {"k": "get"}}}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert (await client.post("/a1/_search/", content=packed, headers=headers)).json()["hits"]["total"]["value"] == 6
    assert (await client.post("/a1/_search", content=packed[:9], headers=headers)).status_code == 400
    assert (await client.put("/_template/x/", json={"index_patterns": ["x*"]})).json() == {"acknowledged": True}


async def test_a_scroll_and_search_after_give_each_document_once_and_end(client: httpx.AsyncClient) -> None:
    await bulk(client, [line for n in range(26) for line in ({"index": {"_index": "many", "_id": str(n)}}, {"n": n})])
    page = (await client.post("/many/_search?scroll=1m", json={"size": 10})).json()
    seen: list[str] = []
    while page["hits"]["hits"]:
        seen += [hit["_id"] for hit in page["hits"]["hits"]]
        page = (await client.post("/_search/scroll", json={"scroll_id": page["_scroll_id"], "scroll": "1m"})).json()
    assert sorted(map(int, seen)) == list(range(26))
    assert (await client.request("DELETE", "/_search/scroll", json={"scroll_id": page["_scroll_id"]})).json()[
        "num_freed"
    ] == 1
    assert (await client.post("/_search/scroll", json={"scroll_id": page["_scroll_id"]})).status_code == 404
    after: list[Any] = []
    count = 0
    while True:
        body = {"size": 7, "sort": [{"n": "desc"}], **({"search_after": after} if after else {})}
        hits = (await search(client, body, "many"))["hits"]["hits"]
        if not hits:
            break
        count += len(hits)
        after = hits[-1]["sort"]
    assert count == 26


async def test_writes_of_all_that_a_query_finds(client: httpx.AsyncClient) -> None:
    answer = await client.post("/a1/_delete_by_query", json={"query": {"term": {"k": "get"}}})
    assert (answer.json()["deleted"], answer.json()["total"], answer.json()["failures"]) == (6, 6, [])
    assert (await client.post("/a1/_update_by_query?conflicts=proceed")).json()["updated"] == 6
    assert (await client.get("/a1/_doc/1")).json()["_version"] == 2
    refusal = await client.post(
        "/a1/_update_by_query", json={"script": {"source": "ctx.op = 'noop'", "lang": "painless"}}
    )
    assert (refusal.status_code, refusal.json()["error"]["caused_by"]["reason"]) == (
        400,
        "script_lang not supported [painless]",
    )


async def test_an_alias_with_a_filter_shows_its_documents_only(client: httpx.AsyncClient) -> None:
    action = {"add": {"index": "a1", "alias": "gets", "filter": {"term": {"k": "get"}}}}
    assert (await client.post("/_aliases", json={"actions": [action]})).json() == {"acknowledged": True}
    assert (await client.get("/gets/_count")).json()["count"] == 6


async def test_documents_are_there_after_a_restart(tmp_path: Path) -> None:
    for start in range(2):
        store = Store(tmp_path / "kept.sqlite")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(Application(store)), base_url="http://search"
        ) as made:
            if start == 0:
                await made.put("/kept/_doc/1", json={"t": "Quick fox", "l": ["a", "b"], "o": {"q": 1}})
            for query in ({"match": {"t": "fox"}}, {"term": {"l.keyword": "b"}}, {"term": {"o.q": 1}}):
                assert (await search(made, {"query": query}, "kept"))["hits"]["total"]["value"] == 1, query
            written = (await made.put("/kept/_doc/1", json={"t": "Quick fox", "l": ["a", "b"], "o": {"q": 1}})).json()
            assert (written["_version"], written["_seq_no"]) == (start + 2, start + 1)
        store.close()


async def test_functions_make_the_score_and_words_beside_each_other_are_one_text(client: httpx.AsyncClient) -> None:
    body = {
        "function_score": {
            "query": {"term": {"k": "get"}},
            "field_value_factor": {"field": "n"},
            "boost_mode": "replace",
        }
    }
    hits = (await search(client, {"query": body, "size": 1}))["hits"]["hits"]
    assert hits[0]["_score"] == 10.0
    decay = {"function_score": {"linear": {"n": {"origin": 5, "scale": 2}}}}
    assert (await search(client, {"query": decay, "size": 1}))["hits"]["hits"][0]["_id"] == "5"
    words = {"query_string": {"query": "tags:(red blue)"}}  # no tag is "red blue"
    assert (await search(client, {"query": words}))["hits"]["total"]["value"] == 0
    lookup = {"terms": {"n": {"index": "a1", "id": "1", "path": "nums"}}}
    assert {hit["_id"] for hit in (await search(client, {"query": lookup}))["hits"]["hits"]} == {"1", "3"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("k:get OR", 'Encountered "<EOF>" at line 1, column 8.\nWas expecting one of:\n    <NOT> ...'),
        ("AND k:get", 'Encountered " <AND> "AND "" at line 1, column 0.'),
        ('"quick', "Lexical error at line 1, column 7.  Encountered: <EOF> after"),
        ("n:[1 TO 2", 'Was expecting one of:\n    "]" ...\n    "}" ...'),
    ],
)
async def test_a_text_that_is_no_query_is_refused_with_what_was_expected(
    client: httpx.AsyncClient, text: str, told: str
) -> None:
    answer = await client.post("/a1/_search", json={"query": {"query_string": {"query": text}}})
    assert answer.status_code == 400
    assert told in answer.json()["error"]["failed_shards"][0]["reason"]["caused_by"]["reason"]


async def test_a_write_that_cannot_be_read_does_not_stop_those_after_it(client: httpx.AsyncClient) -> None:
    """A transaction that such a write left open failed every later one."""
    for body in ({"doc": 5}, {"doc": {}, "doc_as_upsert": "x"}, {"doc": [1]}, {"upsert": 3, "doc": {}}):
        assert (await client.post("/a1/_update/1", json=body)).status_code == 400
        assert (await client.put("/a1/_doc/after", json={"n": 1})).status_code in (200, 201)


async def test_a_pattern_stands_for_nothing_where_none_is_asked_for(client: httpx.AsyncClient) -> None:
    """`expand_wildcards=none` was passed over, and the request deleted every index."""
    assert (await client.delete("/_all?expand_wildcards=none")).status_code == 200
    assert (await client.get("/a1/_count?expand_wildcards=none")).json()["count"] == 12
    assert (await client.get("/a*/_count?expand_wildcards=none")).json()["count"] == 0


async def test_actions_on_aliases_are_done_together_or_not_at_all(client: httpx.AsyncClient) -> None:
    await client.put("/a2", json={"aliases": {"p": {}}})
    actions = [{"remove": {"index": "a*", "alias": "p"}}, {"add": {"index": "a1", "alias": "q"}}]
    assert (await client.post("/_aliases", json={"actions": actions})).status_code == 200
    assert (await client.get("/_alias/p")).status_code == 404
    missing = await client.post("/_aliases", json={"actions": [{"remove": {"index": "a*", "alias": "p"}}]})
    assert (missing.status_code, missing.json()["error"]["reason"]) == (404, "aliases [p] missing")
    odd = [{"add": {"index": "a1", "alias": "r"}}, {"add": {"index": "a1", "alias": "bad*"}}]
    assert "Invalid alias name [bad*]" in (await client.post("/_aliases", json={"actions": odd})).text
    assert (await client.get("/_alias/r")).status_code == 404
    told = (await client.post("/_aliases", json={"actions": [{"foo": {}}]})).json()["error"]
    assert told["reason"] == "[1:20] [aliases] failed to parse field [actions]"
    assert told["caused_by"]["reason"] == "[1:14] [alias_action] unknown field [foo], parser not found"


async def test_a_mapping_stands_under_a_type_only_where_it_is_said(client: httpx.AsyncClient) -> None:
    body = {"mappings": {"_doc": {"properties": {"a": {"type": "long"}}}}}
    assert "unless include_type_name is set to true" in (await client.put("/typed", json=body)).text
    assert (await client.put("/typed?include_type_name=true", json=body)).status_code == 200
    assert (await client.get("/typed/_mapping?include_type_name=true")).json()["typed"] == body
    assert (await client.get("/_mapping/field/a")).json()["typed"]["mappings"]["a"]["full_name"] == "a"
    await client.put(
        "/typed/_settings?preserve_existing=true", json={"number_of_replicas": 0, "refresh_interval": "9s"}
    )
    kept = (await client.get("/typed/_settings")).json()["typed"]["settings"]["index"]
    assert (kept["number_of_replicas"], kept["refresh_interval"]) == ("1", "9s")


async def test_a_bulk_write_is_read_and_answered_as_the_real_one(client: httpx.AsyncClient) -> None:
    gone = (await bulk(client, [{"delete": {"_index": "none", "_id": "1"}}]))["items"][0]["delete"]
    assert (gone["status"], gone["error"]["resource.type"]) == (404, "index_expression")
    assert (await client.get("/none")).status_code == 404  # a delete makes no index
    lines = [
        {"index": {"_index": "a1", "_id": "r", "routing": "x"}},
        {"n": 1},
        {"update": {"_index": "a1", "_id": "r"}},
        {"doc": {"n": 2}, "_source": True},
    ]
    items = (await bulk(client, lines))["items"]
    assert items[1]["update"]["get"]["_source"] == {"n": 2}
    assert (await client.get("/a1/_doc/r")).json()["_routing"] == "x"
    assert (await search(client, {"query": {"ids": {"values": ["r"]}}}))["hits"]["hits"][0]["_routing"] == "x"
    typed = (await bulk(client, [{"index": {"_index": "a1", "_type": "foo", "_id": "1"}}, {}]))["items"][0]["index"]
    assert (typed["_type"], typed["status"]) == ("foo", 400)
    piped = await bulk(client, [{"index": {"_index": "a1", "pipeline": "p"}}, {"n": 1}])
    assert piped["items"][0]["index"]["error"]["reason"] == "pipeline with id [p] does not exist"
    for line, told in (
        ({"index": {"_index": ["a1"]}}, "expected a simple value for field [_index] but found [START_ARRAY]"),
        ({"index": {"_index": "a1", "version": 1}}, "internal versioning can not be used"),
    ):
        assert told in (await bulk(client, [line, {}]))["error"]["reason"]


async def test_several_documents_and_updates_refuse_what_they_do_not_know(client: httpx.AsyncClient) -> None:
    for body, told in (
        ({"ids": "1"}, "unexpected token [VALUE_STRING]"),
        ({"docs": [{"_id": "1", "foo": 1}]}, "unknown field [foo]"),
    ):
        assert told in (await client.post("/a1/_mget", json=body)).text
    told = (await client.post("/a1/_update/1", json={"script": {"foo": 1}})).json()["error"]
    assert told["caused_by"]["reason"] == "[1:12] [script] unknown field [foo], parser not found"
    assert "primary term is [0]" in (await client.post("/a1/_update/1", json={"doc": {}, "if_seq_no": 1})).text
    assert (
        await client.post("/a1/_update/1", json={"doc": {"n": 5}, "if_seq_no": 99, "if_primary_term": 1})
    ).status_code == 409
    stop = (await client.post("/_analyze", json={"analyzer": "stop", "text": "the fox"})).json()["tokens"]
    assert [each["position"] for each in stop] == [1]
    caps = (await client.get("/a1,a2/_field_caps?fields=n&include_unmapped=true&ignore_unavailable=true")).json()
    assert set(caps["fields"]["n"]) == {"long"}
