"""JsonConverter: JSON with or without the envelope of schema and payload."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from clickstream_embedded.connect.converters.json_schemas import json_of_schema, schema_of_json
from clickstream_embedded.connect.data import (
    DATE,
    DECIMAL,
    INTEGERS,
    TIME,
    TIMESTAMP,
    Float32,
    JavaDate,
    Schema,
    Struct,
    decimal_bytes,
    decimal_of,
    java_class,
    number_text,
    type_of,
    wrapped,
)  # fmt: skip
from clickstream_embedded.connect.java_errors import SERIALIZATION_EXCEPTION, DataError, JavaError

_DAY = 86_400_000  # milliseconds
_LONG = re.compile(rb"\d{19}")
_NO_ENVELOPE = (
    'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. '
    "If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration."
)


class JsonConverter:
    """`org.apache.kafka.connect.json.JsonConverter`.

    Args:
        schemas_enable: whether bytes hold an envelope of `schema` and `payload`.
        numeric_decimals: decimals as numbers rather than in base 64.
        null_is_default: whether a null of a field with a default becomes that default.
    """

    asks = False

    def __init__(
        self, schemas_enable: bool = True, *, numeric_decimals: bool = False, null_is_default: bool = True
    ) -> None:
        self._envelope = schemas_enable
        self._numeric = numeric_decimals
        self._defaults = null_is_default
        self._schema = lru_cache(maxsize=100)(_parsed_schema)

    @classmethod
    def configured(cls, settings: Mapping[str, str]) -> JsonConverter:
        def flag(name: str) -> bool:
            return settings.get(name, "true").strip().lower() == "true"

        return cls(
            flag("schemas.enable"),
            numeric_decimals=settings.get("decimal.format", "BASE64").upper() == "NUMERIC",
            null_is_default=flag("replace.null.with.default"),
        )

    # -- writing ------------------------------------------------------------------------------------------------

    def to_bytes(self, topic: str, schema: Schema | None, value: Any) -> bytes | None:
        if schema is None and value is None:
            return None
        made = self.to_json(schema, value)
        if self._envelope:
            made = {"schema": None if schema is None else json_of_schema(schema), "payload": made}
        return orjson.dumps(made, default=_raw, option=orjson.OPT_PASSTHROUGH_SUBCLASS)

    def to_json(self, schema: Schema | None, value: Any) -> Any:
        """A value as JSON's own types. Raises DataError where value and schema do not fit."""
        if value is None:
            return self._null(schema)
        if schema is not None and schema.name in (DATE, TIME, TIMESTAMP, DECIMAL):
            return self._logical(schema, value)
        kind = type_of(value) if schema is None else schema.type
        if kind is None:
            raise DataError(f"Java class class {java_class(value)} does not have corresponding schema type.")
        match kind:
            case "bytes":
                return base64.b64encode(value).decode()
            case "array":
                inner = schema.values if schema is not None else None
                return [self.to_json(inner, each) for each in value]
            case "map":
                return self._map(schema, value)
            case "struct":
                return self._struct(schema, value)
            case _ if schema is not None and not _fits(kind, value):
                raise DataError(f"Couldn't convert {value} to JSON.")
            case _:
                return value

    def _struct(self, schema: Schema | None, value: Any) -> dict[str, Any]:
        """An object; the fields are gone through, not looked up, as every record of a source comes this way."""
        if not isinstance(value, Struct) or (schema is not None and schema is not value.schema != schema):
            raise DataError("Mismatching schema.")
        made: dict[str, Any] = {}
        for each in value.schema.fields:
            found = value.values.get(each.name)
            if found is None and self._defaults:
                found = each.schema.default
            made[each.name] = self.to_json(each.schema, found)
        return made

    def _map(self, schema: Schema | None, value: dict[Any, Any]) -> Any:
        """An object where all keys are text, else a list of pairs."""
        keys, values = (schema.keys, schema.values) if schema is not None else (None, None)
        texts = keys.type == "string" if keys is not None else all(isinstance(key, str) for key in value)
        if texts:
            return {key: self.to_json(values, each) for key, each in value.items()}
        return [[self.to_json(keys, key), self.to_json(values, each)] for key, each in value.items()]

    def _null(self, schema: Schema | None) -> Any:
        if schema is None:
            return None
        if schema.default is not None and self._defaults:
            return self.to_json(schema, schema.default)
        if schema.optional:
            return None
        raise DataError("Conversion error: null value for field that is required and has no default value")

    def _logical(self, schema: Schema, value: Any) -> Any:
        if schema.name == DECIMAL:
            if not isinstance(value, Decimal):
                raise DataError(f"Invalid type for Decimal, expected BigDecimal but was class {java_class(value)}")
            return value if self._numeric else base64.b64encode(decimal_bytes(value)).decode()
        if not isinstance(value, JavaDate):
            kind = str(schema.name).rsplit(".", 1)[1]
            raise DataError(f"Invalid type for {kind}, expected Date but was class {java_class(value)}")
        return value.ms // _DAY if schema.name == DATE else value.ms

    # -- reading ------------------------------------------------------------------------------------------------

    def from_bytes(self, topic: str, data: bytes | None) -> tuple[Schema | None, Any]:
        if data is None or (not data and not self._envelope):
            return None, None
        try:
            found = orjson.loads(data) if data else None
        except orjson.JSONDecodeError as error:
            found = _leniently(data, error)
        else:  # beyond 64 bits orjson gives a whole number as a float, where Jackson keeps all of it
            found = json.loads(data) if _LONG.search(data) is not None else found
        if not self._envelope:
            return None, self._from_plain(found)
        if not isinstance(found, dict) or set(found) != {"schema", "payload"}:
            raise DataError(_NO_ENVELOPE)
        if found["schema"] is None:
            return None, self._from_plain(found["payload"])
        schema = self._schema(orjson.dumps(found["schema"]))
        return schema, self._from_json(schema, found["payload"])

    def _from_plain(self, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return wrapped(value, 64)
        if isinstance(value, list):
            return [self._from_plain(each) for each in value]
        if isinstance(value, dict):
            return {key: self._from_plain(each) for key, each in value.items()}
        return value

    def _from_json(self, schema: Schema, value: Any) -> Any:
        if value is None:
            if schema.default is not None and self._defaults:
                return schema.default
            if schema.optional:
                return None
            raise DataError(f"Invalid null value for required {schema.type.upper()} field")
        if schema.name in (DATE, TIME, TIMESTAMP, DECIMAL):
            return _logical_in(schema, value)
        match schema.type:
            case "array":
                if not isinstance(value, list):
                    raise DataError(f"Invalid type for array, expected array but was {_node(value)}")
                return [self._from_json(schema.values or schema, each) for each in value]
            case "map":
                return self._map_in(schema, value)
            case "struct":
                if not isinstance(value, dict):
                    raise DataError(f"Structs should be encoded as JSON objects, but found {_node(value)}")
                return Struct(schema, {f.name: self._from_json(f.schema, value.get(f.name)) for f in schema.fields})
            case "bytes":
                return _binary(value, "Invalid bytes field")
            case _:
                return _primitive(schema.type, value)

    def _map_in(self, schema: Schema, value: Any) -> Any:
        keys, values = schema.keys, schema.values
        if keys is None or values is None:
            raise DataError("Map schema must have keys and values")
        if isinstance(value, dict) and keys.type == "string":
            return {key: self._from_json(values, each) for key, each in value.items()}
        if isinstance(value, list):
            pairs = (_pair(each) for each in value)
            return {self._from_json(keys, key): self._from_json(values, each) for key, each in pairs}
        shape = "object" if keys.type == "string" else "array"
        raise DataError(f"Maps with {'string' if shape == 'object' else 'non-string'} fields should be encoded as JSON "
                        f"{shape}s, but found {_node(value)}")  # fmt: skip


def _parsed_schema(text: bytes) -> Schema:
    return schema_of_json(orjson.loads(text))


def _raw(value: Any) -> Any:
    if isinstance(value, Float32):
        return orjson.Fragment(number_text(value))
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError


def _pair(entry: Any) -> list[Any]:
    """Key and value of a map that is a list. Raises DataError."""
    if not isinstance(entry, list):
        raise DataError(f"Found invalid map entry instead of array tuple: {_node(entry)}")
    if len(entry) != 2:
        raise DataError(f"Found invalid map entry, expected length 2 but found :{len(entry)}")
    return entry


def _binary(value: Any, message: str) -> bytes | None:
    """The bytes of a text in base 64; None for what is no text, as Jackson's `binaryValue`. Raises DataError."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise DataError(message, JavaError(str(error), "com.fasterxml.jackson.core.JsonParseException")) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _leniently(data: bytes, error: orjson.JSONDecodeError) -> Any:
    """What orjson refuses and Jackson takes: anything behind the first value.

    Raises DataError for what is no JSON.
    """
    try:
        text = data.decode("utf-8").lstrip(" \t\r\n")
        found, end = _DECODER.raw_decode(text)
        # a number or a word is not over before something else than a letter; a number needs a blank behind it
        behind = text[end : end + 1]
        if behind and (
            (text[end - 1].isdigit() and not behind.isspace()) or (text[end - 1].isalpha() and behind.isalnum())
        ):
            raise ValueError(behind)
        return found
    except ValueError:
        place = f"line: {error.lineno}, column: {error.colno}"
        why = JavaError(f"com.fasterxml.jackson.core.JsonParseException: the text is no JSON at [{place}]",
                        SERIALIZATION_EXCEPTION)  # fmt: skip
        raise DataError("Converting byte[] to Kafka Connect data failed due to serialization error: ", why) from None


def _node(value: Any) -> str:
    kinds = {dict: "OBJECT", list: "ARRAY", str: "STRING", bool: "BOOLEAN", int: "NUMBER", float: "NUMBER"}
    return kinds.get(type(value), "NULL")


def _fits(kind: str, value: Any) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _primitive(kind: str, value: Any) -> Any:
    """A scalar by its type, as Jackson's `intValue`, `textValue` and their like give it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in INTEGERS:
        return wrapped(int(value), INTEGERS[kind]) if number else 0
    match kind:
        case "float32":
            return Float32(value) if number else Float32(0)
        case "float64":
            return float(value) if number else 0.0
        case "boolean":
            return value is True
        case _:
            return value if isinstance(value, str) else None


def _decimal_in(schema: Schema, value: Any) -> Decimal:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    data = _binary(value, "Invalid bytes for Decimal field")
    if data is None:
        raise DataError(
            f"Invalid type for Decimal, underlying representation should be numeric or bytes but was {_node(value)}"
        )
    if not data:
        why = JavaError("Zero length BigInteger", "java.lang.NumberFormatException")
        raise DataError("Invalid bytes for Decimal field", why)
    return decimal_of(data, int((schema.parameters or {}).get("scale", "0")))


def _logical_in(schema: Schema, value: Any) -> Any:
    if schema.name == DECIMAL:
        return _decimal_in(schema, value)
    bits = 64 if schema.name == TIMESTAMP else 32
    if not isinstance(value, int) or isinstance(value, bool) or wrapped(value, bits) != value:
        raise DataError(f"Invalid type for {str(schema.name).rsplit('.', 1)[1]}, underlying representation should be "
                        f"integer but was {_node(value)}")  # fmt: skip
    return JavaDate(value * _DAY if schema.name == DATE else value)
