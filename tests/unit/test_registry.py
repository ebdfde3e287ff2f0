"""The registry's rules, without a broker: what is one schema, what goes with what, what is refused and how."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from clickstream_embedded.registry import errors
from clickstream_embedded.registry.application import MEDIA, Application
from clickstream_embedded.registry.errors import Refusal, store_away
from clickstream_embedded.registry.model import State
from clickstream_embedded.registry.registry import Records, Registry, Wanted

_USER = {"type": "record", "name": "User", "namespace": "shop", "fields": [{"name": "id", "type": "int"}]}
_PROTO = 'syntax = "proto3";\npackage shop;\n\nmessage Order {\n  int32 id = 1;\n  string item = 2;\n}\n'


class Kept:
    """A topic as a list; it can be told to fail."""

    def __init__(self) -> None:
        self.records: Records = []

    def write(self, records: Records) -> None:
        self.records += json.loads(json.dumps(records))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest_asyncio.fixture
async def client(kept: Kept) -> AsyncIterator[httpx.AsyncClient]:
    registry = Registry(kept, State())

    async def found() -> Registry:
        return registry

    async def cluster() -> str:
        return "cluster"

    transport = httpx.ASGITransport(Application(found, cluster))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as made:
        yield made


def avro(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": json.dumps({**_USER, "fields": [*_USER["fields"], *fields], **more})}


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    answer = await client.post(path, content=json.dumps(body), headers={"Content-Type": MEDIA})
    assert answer.headers["content-type"] == MEDIA
    return answer.status_code, answer.json()


async def get(client: httpx.AsyncClient, path: str) -> tuple[int, Any]:
    answer = await client.get(path)
    return answer.status_code, answer.json()


async def test_a_schema_has_one_id_wherever_it_is_registered(client: httpx.AsyncClient) -> None:
    assert await post(client, "/subjects/users-value/versions", avro()) == (200, {"id": 1})
    spaced = {"schema": json.dumps(_USER, indent=4)}
    assert await post(client, "/subjects/users-value/versions", spaced) == (200, {"id": 1})
    assert await post(client, "/subjects/other-value/versions", avro()) == (200, {"id": 1})
    more = avro({"name": "name", "type": ["null", "string"], "default": None})
    assert await post(client, "/subjects/users-value/versions", more) == (200, {"id": 2})
    assert await get(client, "/subjects/users-value/versions") == (200, [1, 2])
    status, version = await get(client, "/subjects/users-value/versions/latest")
    assert (status, version["version"], version["id"]) == (200, 2, 2)
    assert "schemaType" not in version
    assert await get(client, "/schemas/ids/1/subjects") == (200, ["other-value", "users-value"])
    status, found = await post(client, "/subjects/users-value", avro())
    assert (status, found["version"], found["id"], found["subject"]) == (200, 1, 1, "users-value")


async def test_schemas_are_kept_in_the_form_that_java_prints(client: httpx.AsyncClient) -> None:
    written = {
        "fields": [{"default": None, "type": ["null", {"type": "string"}], "name": "a"},
                   {"name": "b", "type": {"name": "Inner", "namespace": "shop", "type": "enum", "symbols": ["A"]}},
                   {"name": "c", "type": "shop.Inner", "order": "ascending"}],
        "name": "shop.User", "type": "record", "connect.name": "shop.User",
    }  # fmt: skip
    await post(client, "/subjects/s/versions", {"schema": json.dumps(written)})
    _, found = await get(client, "/subjects/s/versions/1")
    assert found["schema"] == (
        '{"type":"record","name":"User","namespace":"shop","fields":[{"name":"a","type":["null","string"],"default":null},'
        '{"name":"b","type":{"type":"enum","name":"Inner","symbols":["A"]}},{"name":"c","type":"Inner"}],'
        '"connect.name":"shop.User"}'
    )
    raw = await client.get("/subjects/s/versions/1/schema")
    assert raw.text == found["schema"]


@pytest.mark.parametrize(("path", "code", "message"), [
    ("/subjects/none/versions", 40401, "Subject 'none' not found."),
    ("/subjects/none/versions/1", 40401, "Subject 'none' not found."),
    ("/subjects/s/versions/7", 40402, "Version 7 not found."),
    ("/subjects/s/versions/abc", 42202, errors.bad_version("abc").message),
    ("/schemas/ids/99", 40403, "Schema 99 not found"),
    ("/config/s", 40408, "Subject 's' does not have subject-level compatibility configured"),
    ("/mode/s", 40409, "Subject 's' does not have subject-level mode configured"),
    ("/nothing", 404, "HTTP 404 Not Found"),
])  # fmt: skip
async def test_what_is_not_there_is_told_with_its_code(
    client: httpx.AsyncClient, path: str, code: int, message: str
) -> None:
    await post(client, "/subjects/s/versions", avro())
    status, body = await get(client, path)
    assert body == {"error_code": code, "message": message}
    assert status == (code if code < 1000 else code // 100)


async def test_lookup_tells_no_subject_from_no_schema(client: httpx.AsyncClient) -> None:
    assert (await post(client, "/subjects/s", avro()))[1]["error_code"] == 40401
    await post(client, "/subjects/s/versions", avro())
    other = avro({"name": "x", "type": "int", "default": 1})
    assert await post(client, "/subjects/s", other) == (404, {"error_code": 40403, "message": "Schema not found"})


@pytest.mark.parametrize(("field", "kind"), [
    ({"name": "new", "type": "int"}, "READER_FIELD_MISSING_DEFAULT_VALUE"),
    ({"name": "id", "type": "string"}, "TYPE_MISMATCH"),
])  # fmt: skip
async def test_what_cannot_read_the_old_data_is_refused(client: httpx.AsyncClient, field: Any, kind: str) -> None:
    await post(client, "/subjects/s/versions", avro())
    fields = [field] if field["name"] == "id" else [*_USER["fields"], field]
    wanted = {"schema": json.dumps({**_USER, "fields": fields})}
    status, body = await post(client, "/subjects/s/versions", wanted)
    assert (status, body["error_code"]) == (409, 409)
    assert body["message"].startswith(
        'Schema being registered is incompatible with an earlier schema for subject "s", '
    )
    assert f"errorType:'{kind}'" in body["message"]
    assert "{oldSchemaVersion: 1}" in body["message"]
    checked = await post(client, "/compatibility/subjects/s/versions/latest", wanted)
    assert checked == (200, {"is_compatible": False})
    _, verbose = await post(client, "/compatibility/subjects/s/versions/latest?verbose=true", wanted)
    assert kind in verbose["messages"][0]
    assert await get(client, "/subjects/s/versions") == (200, [1])


@pytest.mark.parametrize(("level", "added", "removed"), [
    ("BACKWARD", False, True), ("FORWARD", True, False), ("FULL", False, False), ("NONE", True, True),
])  # fmt: skip
async def test_levels_say_which_side_must_read_which(
    client: httpx.AsyncClient, level: str, added: bool, removed: bool
) -> None:
    answer = await client.put("/config/s", json={"compatibility": level.lower()})
    assert answer.json() == {"compatibility": level}
    field = {"name": "b", "type": "int"}
    await post(client, "/subjects/s/versions", avro(field))
    path = "/compatibility/subjects/s/versions"
    _, more = await post(client, path, avro(field, {"name": "c", "type": "int"}))
    _, less = await post(client, path, avro())
    assert (more["is_compatible"], less["is_compatible"]) == (added, removed)


async def test_transitive_levels_look_at_all_versions(client: httpx.AsyncClient) -> None:
    await post(client, "/subjects/s/versions", avro())
    await post(client, "/subjects/s/versions", avro({"name": "b", "type": "int", "default": 0}))
    without = avro({"name": "b", "type": "int"})
    assert (await post(client, "/compatibility/subjects/s/versions", without))[1] == {"is_compatible": True}
    await client.put("/config", json={"compatibility": "BACKWARD_TRANSITIVE"})
    assert (await post(client, "/compatibility/subjects/s/versions", without))[1] == {"is_compatible": False}


async def test_settings_are_checked(client: httpx.AsyncClient) -> None:
    assert (await client.get("/config")).json() == {"compatibilityLevel": "BACKWARD"}
    bad = await client.put("/config", json={"compatibility": "SOMETIMES"})
    assert (bad.status_code, bad.json()["error_code"]) == (422, 42203)
    bad = await client.put("/mode", json={"mode": "NOW"})
    assert (bad.status_code, bad.json()["error_code"]) == (422, 42204)
    await client.put("/mode/s", json={"mode": "READONLY"})
    assert await post(client, "/subjects/s/versions", avro()) == (
        422, {"error_code": 42205, "message": "Subject s is in read-only mode"},
    )  # fmt: skip
    assert (await client.get("/mode/t?defaultToGlobal=true")).json() == {"mode": "READWRITE"}
    assert (await client.delete("/mode/s")).json() == {"mode": "READONLY"}
    assert (await post(client, "/subjects/s/versions", avro()))[0] == 200


async def test_what_is_no_schema_is_refused(client: httpx.AsyncClient) -> None:
    for body in (
        {"schema": '{"type":"what"}'}, {"schema": "no json"},
        {"schema": json.dumps({"type": "record", "name": "A", "fields": [{"name": "a", "type": "int", "default": "x"}]})},
        {"schema": "message {", "schemaType": "PROTOBUF"},
        {"schema": 'syntax = "proto3"; message A { Unknown b = 1; }', "schemaType": "PROTOBUF"},
        {"schema": '{"type": 7}', "schemaType": "JSON"},
    ):  # fmt: skip
        status, answer = await post(client, "/subjects/s/versions", body)
        assert (status, answer["error_code"]) == (422, 42201), body
        assert answer["message"].startswith("Invalid schema {subject=s,version=0,id=-1,schemaType="), answer
    assert await post(client, "/subjects/s/versions", {"schema": ""}) == (
        422, {"error_code": 42201, "message": "Empty schema"},
    )  # fmt: skip
    assert (await post(client, "/subjects/s/versions", {"scheme": "{}"}))[0] == 422
    assert await get(client, "/subjects") == (200, [])


async def test_deletes_are_soft_and_then_for_good(client: httpx.AsyncClient) -> None:
    await post(client, "/subjects/s/versions", avro())
    await post(client, "/subjects/s/versions", avro({"name": "b", "type": "int", "default": 0}))
    gone = await client.delete("/subjects/s/versions/1?permanent=true")
    assert gone.json()["error_code"] == 40407
    assert (await client.delete("/subjects/s/versions/1")).json() == 1
    assert (await client.delete("/subjects/s/versions/1")).json()["error_code"] == 40406
    assert await get(client, "/subjects/s/versions") == (200, [2])
    assert await get(client, "/subjects/s/versions?deleted=true") == (200, [1, 2])
    assert (await get(client, "/schemas/ids/1"))[0] == 200  # records that have its id are still there
    assert (await client.delete("/subjects/s?permanent=true")).json()["error_code"] == 40405
    assert (await client.delete("/subjects/s")).json() == [2]
    assert (await client.delete("/subjects/s")).json()["error_code"] == 40404
    assert await get(client, "/subjects") == (200, [])
    assert await get(client, "/subjects?deleted=true") == (200, ["s"])
    assert await post(client, "/subjects/s/versions", avro()) == (200, {"id": 1})
    assert await get(client, "/subjects/s/versions") == (200, [3])
    await client.delete("/subjects/s")
    assert (await client.delete("/subjects/s?permanent=true")).json() == [1, 2, 3]
    assert await get(client, "/subjects?deleted=true") == (200, [])


async def test_the_topic_holds_all_of_it(client: httpx.AsyncClient, kept: Kept) -> None:
    await post(client, "/subjects/a/versions", avro())
    await post(client, "/subjects/a%2Fb/versions", {"schema": _PROTO, "schemaType": "PROTOBUF"})
    await client.put("/config/a", json={"compatibility": "FULL"})
    await client.delete("/subjects/a")
    again = State()
    for key, value in kept.records:
        again.apply(key, value)
    assert [v.subject for v in again.all()] == ["a/b"]
    assert [(v.subject, v.deleted) for v in again.all(deleted=True)] == [("a", True), ("a/b", False)]
    assert (again.level("a"), again.last_id) == ("FULL", 2)
    assert kept.records[0][0] == {"keytype": "SCHEMA", "subject": "a", "version": 1, "magic": 1}


async def test_references_are_resolved_and_protected(client: httpx.AsyncClient) -> None:
    await post(client, "/subjects/user/versions", avro())
    using = {"type": "record", "name": "Order", "namespace": "shop", "fields": [{"name": "by", "type": "shop.User"}]}
    reference = {"name": "shop.User", "subject": "user", "version": 1}
    wanted = {"schema": json.dumps(using), "references": [reference]}
    assert await post(client, "/subjects/order/versions", wanted) == (200, {"id": 2})
    assert (await get(client, "/schemas/ids/2"))[1]["references"] == [reference]
    assert await get(client, "/subjects/user/versions/1/referencedby") == (200, [2])
    assert (await client.delete("/subjects/user")).json()["error_code"] == 42206
    bad = {**wanted, "references": [{**reference, "version": 9}]}
    assert (await post(client, "/subjects/other/versions", bad))[1]["error_code"] == 42201


async def test_a_protobuf_schema_is_the_same_as_text_and_as_descriptor(client: httpx.AsyncClient) -> None:
    assert await post(client, "/subjects/p/versions", {"schema": _PROTO, "schemaType": "PROTOBUF"}) == (200, {"id": 1})
    _, found = await get(client, "/schemas/ids/1?format=serialized")
    assert b"shop" in base64.b64decode(found["schema"])
    again = {"schema": found["schema"], "schemaType": "PROTOBUF"}
    assert await post(client, "/subjects/p/versions", again) == (200, {"id": 1})


@pytest.mark.parametrize(("body", "compatible"), [
    ("int32 id = 1; string item = 2; int64 more = 3;", True), ("int32 id = 1;", True),
    ("int64 id = 1; string item = 2;", True), ("string id = 1; string item = 2;", False),
    ("sint32 id = 1;", False), ("int32 id = 1; Other item = 2;", False), ("int32 renamed = 1;", True),
])  # fmt: skip
async def test_protobuf_compatibility(client: httpx.AsyncClient, body: str, compatible: bool) -> None:
    await post(client, "/subjects/p/versions", {"schema": _PROTO, "schemaType": "PROTOBUF"})
    text = f'syntax = "proto3"; package shop; message Order {{ {body} }} message Other {{ int32 a = 1; }}'
    wanted = {"schema": text, "schemaType": "PROTOBUF"}
    _, found = await post(client, "/compatibility/subjects/p/versions/1", wanted)
    assert found["is_compatible"] is compatible


@pytest.mark.parametrize(("old", "new", "compatible"), [
    ({"type": "integer"}, {"type": "number"}, True),
    ({"type": "number"}, {"type": "integer"}, False),
    ({"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "object"}, True),
    ({"type": "object"}, {"type": "object", "properties": {"a": {"type": "string"}}}, False),
    ({"type": "object", "additionalProperties": False}, {"type": "object", "properties": {"a": {"type": "string"}},
      "additionalProperties": False}, True),
    ({"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"a": {}}, "required": ["a"]}, False),
    ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}, True),
    ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 5}, False),
    ({"enum": ["a"]}, {"enum": ["a", "b"]}, True), ({"enum": ["a", "b"]}, {"enum": ["a"]}, False),
    ({"type": "string"}, {"oneOf": [{"type": "null"}, {"type": "string"}]}, True),
])  # fmt: skip
async def test_json_compatibility(client: httpx.AsyncClient, old: Any, new: Any, compatible: bool) -> None:
    await post(client, "/subjects/j/versions", {"schema": json.dumps(old), "schemaType": "JSON"})
    wanted = {"schema": json.dumps(new), "schemaType": "JSON"}
    _, found = await post(client, "/compatibility/subjects/j/versions/1", wanted)
    assert found["is_compatible"] is compatible


class Failing(Kept):
    """A broker that does not answer: what it was sent may be written or not."""

    def write(self, records: Records) -> None:
        super().write(records)
        raise store_away("no answer")


async def test_what_may_be_written_or_not_is_read_again() -> None:
    registry = Registry(Failing(), State())
    with pytest.raises(Refusal, match="no answer"):
        registry.register("s", Wanted(avro()["schema"]))
    assert registry.in_doubt
