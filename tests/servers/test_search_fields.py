"""Definitions of fields and what follows from them, as Elasticsearch 7.5.2 answers: each row was seen on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickstream_embedded.search.api.routes import Application
from clickstream_embedded.search.store import Store

_PROPERTIES = {
    "stage": {"type": "keyword", "normalizer": "low"}, "band": {"type": "text", "analyzer": "names"},
    "fee": {"type": "float"}, "age": {"type": "byte", "coerce": False}, "n": {"type": "long"},
    "quiet": {"type": "text", "norms": False}, "at": {"type": "date"},
}  # fmt: skip
_ANALYSIS = {
    "analyzer": {"names": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"], "position_increment_gap": 50}},
    "normalizer": {"low": {"type": "custom", "filter": ["lowercase"]}},
}  # fmt: skip


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    store = Store(tmp_path / "search.sqlite")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Application(store)), base_url="http://search") as made:
        await made.put("/f", json={"settings": {"analysis": _ANALYSIS}, "mappings": {"properties": _PROPERTIES}})
        yield made
    store.close()


@pytest.mark.parametrize(
    ("name", "rule", "refusal"),
    [
        ("stage", {"type": "keyword"}, "mapper [stage] has different [analyzer], mapper [stage] has different [normalizer]"),
        ("band", {"type": "text"}, "mapper [band] has different [analyzer]"),
        ("n", {"type": "long", "index": False}, "mapper [n] has different [index] values, mapper [n] has different [analyzer]"),
        ("n", {"type": "long", "doc_values": False}, "mapper [n] has different [doc_values] values"),
        ("quiet", {"type": "text"}, "mapper [quiet] has different [norms] values, cannot change from disable to enabled"),
        ("at", {"type": "date", "format": "yyyy"}, "mapper [at] has different [format] values"),
        ("x", {"type": "text", "search_analyzer": "simple"}, "must be set when search_analyzer is set"),
        ("x", {"type": "alias", "path": "nope"}, "an alias must refer to an existing field"),
        ("x", {"type": "alias", "path": "fee"}, ""), ("n", {"type": "long", "coerce": False}, ""),
    ],
)  # fmt: skip
async def test_what_a_field_keeps_for_ever(
    client: httpx.AsyncClient, name: str, rule: dict[str, Any], refusal: str
) -> None:
    answer = await client.put("/f/_mapping", json={"properties": {name: rule}})
    assert answer.status_code == (400 if refusal else 200)
    assert not refusal or refusal in answer.json()["error"]["reason"]


async def test_a_new_definition_takes_the_place_of_the_old_one_but_for_what_was_said_of_numbers(
    client: httpx.AsyncClient,
) -> None:
    await client.put("/f/_mapping", json={"properties": {"k": {"type": "keyword", "ignore_above": 5}}})
    await client.put("/f/_mapping", json={"properties": {"k": {"type": "keyword"}, "age": {"type": "byte"}}})
    found = (await client.get("/f/_mapping/field/k,age")).json()["f"]["mappings"]
    assert found["k"]["mapping"] == {"k": {"type": "keyword"}}
    assert found["age"]["mapping"] == {"age": {"type": "byte", "coerce": False}}


@pytest.mark.parametrize(
    ("value", "cause"),
    [("5", "Integer value passed as String"), (5.5, "5.5 cannot be converted to Integer without data loss"), (5, "")],
)
async def test_a_number_that_may_not_be_made_of_another_value(
    client: httpx.AsyncClient, value: Any, cause: str
) -> None:
    answer = await client.put("/f/_doc/1", json={"age": value})
    assert answer.status_code == (400 if cause else 201)
    assert not cause or answer.json()["error"]["caused_by"] == {"type": "illegal_argument_exception", "reason": cause}


async def test_an_index_that_is_made_again_knows_nothing_of_the_documents_before(client: httpx.AsyncClient) -> None:
    await client.put("/f/_doc/1", json={"n": 1})
    await client.delete("/f/_doc/1")
    assert (await client.put("/f/_doc/1", json={"n": 1})).json()["_version"] == 3
    await client.delete("/f/_doc/1")
    await client.delete("/f")
    assert (await client.put("/f/_doc/1", json={"n": 1})).json()["_version"] == 1


async def test_analysis_is_changed_while_an_index_is_closed(client: httpx.AsyncClient) -> None:
    new = {"analysis": {"analyzer": {"x": {"type": "stop"}}}}
    assert (await client.put("/f/_settings", json=new)).status_code == 400
    await client.post("/f/_close")
    assert (await client.put("/f/_settings", json=new)).status_code == 200
    refused = await client.put("/f/_settings", json={"number_of_shards": 2})
    assert refused.status_code == 400
    await client.post("/f/_open")
    found = (await client.post("/f/_analyze", json={"analyzer": "x", "text": "the fox"})).json()["tokens"]
    assert [each["token"] for each in found] == ["fox"]


@pytest.mark.parametrize(
    ("path", "body", "positions"),
    [
        ("/_analyze", {"analyzer": "standard"}, [0, 1, 2]), ("/_analyze", {"tokenizer": "standard"}, [0, 1, 102]),
        ("/f/_analyze", {}, [0, 1, 102]), ("/f/_analyze", {"field": "band"}, [0, 1, 52]),
        ("/f/_analyze", {"field": "stage"}, [0, 1]),
    ],
)  # fmt: skip
async def test_between_two_texts_there_are_positions(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], positions: list[int]
) -> None:
    found = (await client.post(path, json={**body, "text": ["A b", "c"]})).json()["tokens"]
    assert [each["position"] for each in found] == positions
    assert found[0]["token"] == ("a b" if "stage" in body.values() else "A" if "tokenizer" in body else "a")


async def test_the_terms_of_several_documents_and_a_field_with_its_defaults(client: httpx.AsyncClient) -> None:
    await client.put("/f/_doc/1?refresh=true", json={"band": "Foxes"})
    asked = {"docs": [{"_index": "f", "_id": "1", "fields": ["band"]}, {"_index": "nope", "_id": "1"}]}
    first, second = (await client.post("/_mtermvectors", json=asked)).json()["docs"]
    assert first["term_vectors"]["band"]["terms"] == {
        "foxes": {"term_freq": 1, "tokens": [{"position": 0, "start_offset": 0, "end_offset": 5}]}
    }
    assert second["error"]["type"] == "index_not_found_exception"
    shown = (await client.get("/f/_mapping/field/stage?include_defaults=true")).json()["f"]["mappings"]["stage"]
    assert shown["mapping"]["stage"]["ignore_above"] == 2147483647
    assert shown["mapping"]["stage"]["normalizer"] == "low"
