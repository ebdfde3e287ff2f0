"""Records as actions of a bulk request: their index, id, version and document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from clickstream_embedded.connect.converters.json_converter import JsonConverter
from clickstream_embedded.connect.data import Schema, java_class, java_text, type_of
from clickstream_embedded.connect.elasticsearch_sink.preparation import prepared
from clickstream_embedded.connect.elasticsearch_sink.settings import SinkSettings
from clickstream_embedded.connect.java_errors import DataError, JavaError
from clickstream_embedded.connect.tasks.sink_record import SinkRecord
from clickstream_embedded.connect.transforms.record import ConnectRecord

_IDS = ("int8", "int16", "int32", "int64", "string")
_JSON = JsonConverter(schemas_enable=False)


@dataclass(frozen=True, slots=True)
class Action:
    """One action: `kind` is index, update or delete; `source` is the line that follows it."""

    kind: str
    index: str
    id: str
    version: int | None
    source: bytes | None
    record: SinkRecord

    def lines(self, type_name: str | None) -> list[bytes]:
        """Its lines of a bulk request.

        Args:
            type_name: mapping type, for versions of Elasticsearch that have them.
        """
        target: dict[str, Any] = {"_index": self.index, "_id": self.id}
        if type_name is not None:
            target["_type"] = type_name
        if self.version is not None:
            target |= {"version": self.version, "version_type": "external"}
        if self.kind == "update":
            target["retry_on_conflict"] = 5
        head = orjson.dumps({self.kind: target})
        return [head] if self.source is None else [head, self.source]


def action_of(given: SinkRecord, settings: SinkSettings) -> Action | None:
    """The action of a record; None where there is nothing to do for it.

    Raises:
        JavaError: a record that cannot become a document.
    """
    record = given.record
    place = (record.topic, given.message.partition(), given.message.offset())
    ignores = settings.ignores_key(record.topic)
    if record.value is None:
        if settings.on_null == "ignore" or (settings.on_null == "delete" and record.key is None):
            return None
        if settings.on_null == "fail":
            shown = "/".join(map(str, place))
            raise DataError(
                f"Sink record with key of {java_text(record.key)} and null value encountered for "
                f"topic/partition/offset {shown} (to ignore future records like this change the configuration property "
                "'behavior.on.null.values' from 'fail' to 'ignore')"
            )
    index = settings.index_of(record.topic)
    identity = "+".join(map(str, place)) if ignores else document_id(record.key_schema, record.key)
    version = None if ignores else place[2]
    if record.value is None:
        return Action("delete", index, identity, version, None, given)
    document = _document(record, settings)
    if settings.upserts:
        source = b'{"doc":' + document + b',"doc_as_upsert":true}'
        return Action("update", index, identity, None, source, given)
    return Action("index", index, identity, version, document, given)


def document_id(schema: Schema | None, key: Any) -> str:
    """The id that a key gives. Raises JavaError where it gives none."""
    if key is None:
        raise JavaError("Key is used as document id and can not be null.")
    kind = schema.type if schema is not None else type_of(key)
    if kind is None:
        raise DataError(f"Java class class {java_class(key)} does not have corresponding schema type.")
    if kind not in _IDS:
        raise DataError(f"{kind.upper()} is not supported as the document id.")
    return java_text(key)


def _document(record: ConnectRecord, settings: SinkSettings) -> bytes:
    schema, value = record.value_schema, record.value
    if not settings.ignores_schema(record.topic):
        schema, value = prepared(schema, value, compact=settings.compact_maps)
    return _JSON.to_bytes("", schema, value) or b"null"
