"""JsonSchemaConverter."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson

from clickstream_embedded.connect.converters.registry.json_schema_schemas import ConnectSchemas, of_connect
from clickstream_embedded.connect.converters.registry.json_schema_values import of_json, to_json
from clickstream_embedded.connect.converters.registry.registry_converter import Described, Read, Unreadable, Write
from clickstream_embedded.connect.converters.registry.subjects import Words
from clickstream_embedded.connect.data import Float32, Schema, number_text
from clickstream_embedded.connect.java_errors import NULL_POINTER_EXCEPTION, SERIALIZATION_EXCEPTION, JavaError
from clickstream_embedded.schemas.client import Registered


class JsonSchema:
    """Confluent's JsonSchemaConverter.

    Args:
        numeric_decimals: decimals as numbers rather than in base 64.
    """

    words = Words(
        "JSON", "JSON Schema",
        "Converting byte[] to Kafka Connect data failed due to serialization error of topic {}: ",
        "Converting Kafka Connect data to byte[] failed due to serialization error of topic {}: ",
    )  # fmt: skip

    def __init__(self, *, numeric_decimals: bool) -> None:
        self._numeric = numeric_decimals

    def described(self, schema: Schema | None) -> Described:
        if schema is None:
            why = 'Cannot invoke "org.everit.json.schema.Schema.toString()" because "schema" is null'
            raise JavaError(why, NULL_POINTER_EXCEPTION)
        made = of_connect(schema)
        return Described(json.dumps(made, separators=(",", ":"), ensure_ascii=False, default=_raw), made.get("title"))

    def writer(self, schema: Schema | None, registered: Registered) -> Write:
        def write(value: Any) -> bytes | None:
            made = to_json(schema, value, numeric=self._numeric)
            return orjson.dumps(made, default=_raw, option=orjson.OPT_PASSTHROUGH_SUBCLASS)

        return write

    def reader(self, registered: Registered) -> Read:
        root = json.loads(registered.text)
        others = {name: json.loads(text) for name, text in registered.references.items()}
        schema = ConnectSchemas(root, others).of(root)

        def read(data: bytes) -> tuple[Schema | None, Any]:
            try:
                found = json.loads(data)
            except ValueError:
                why = "the text is no JSON"
                raise Unreadable(JavaError(why, "com.fasterxml.jackson.core.JsonParseException")) from None
            return (None, None) if found is None else (schema, of_json(schema, found))

        return read

    def cut(self, cause: JavaError, schema_id: int) -> JavaError:
        return JavaError(f"Error deserializing JSON message for id {schema_id}", SERIALIZATION_EXCEPTION, cause)


def _raw(value: Any) -> Any:
    if isinstance(value, Float32):
        return orjson.Fragment(number_text(value))
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError
