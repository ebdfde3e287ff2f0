"""Connect's schemas as Protobuf's, and back, by the rules of Confluent's ProtobufData."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from clickstream_embedded.connect.data import DATE, DECIMAL, TIME, TIMESTAMP, Field, Schema
from clickstream_embedded.connect.java_errors import DataError, JavaError
from clickstream_embedded.schemas.protobuf_values import is_entry, meta_of

ONE_OF = "io.confluent.connect.protobuf.Union"
_TAG = "io.confluent.connect.protobuf.Tag"
_ENUM = "io.confluent.connect.protobuf.Enum"
_SCALARS = {
    "int8": "int32", "int16": "int32", "int32": "int32", "int64": "int64", "float32": "float", "float64": "double",
    "boolean": "bool", "string": "string", "bytes": "bytes",
}  # fmt: skip
_MESSAGES = {
    DECIMAL: ("confluent.type.Decimal", "confluent/type/decimal.proto"), DATE: ("google.type.Date", "google/type/date.proto"),
    TIME: ("google.type.TimeOfDay", "google/type/timeofday.proto"),
    TIMESTAMP: ("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
}  # fmt: skip
_META = "confluent/meta.proto"
_PRECISION = "connect.decimal.precision"


class ProtoText:
    """One schema's way to Protobuf. Messages without a name are ConnectDefault1, ConnectDefault2, …"""

    def __init__(self) -> None:
        self._unnamed = 0
        self._imports: set[str] = set()

    def of(self, schema: Schema) -> str:
        """The text of the file. Raises JavaError for what Protobuf cannot have."""
        if schema.type != "struct":
            raise JavaError(
                f"Unsupported root schema of type {schema.type.upper()}", "java.lang.IllegalArgumentException"
            )
        space = (schema.name or "").rpartition(".")[0]
        body = self._message(self._name(schema.name), schema.fields, "")
        head = ['syntax = "proto3";', *([f"package {space};"] if space else []), ""]
        imports = [f'import "{each}";' for each in sorted(self._imports)]
        return "\n".join([*head, *([*imports, ""] if imports else []), *body, ""])

    def _name(self, name: str | None) -> str:
        if name:
            return name.rpartition(".")[2]
        self._unnamed += 1
        return f"ConnectDefault{self._unnamed}"

    def _message(self, name: str, fields: tuple[Field, ...], indent: str) -> list[str]:
        lines: list[str] = []
        nested: list[str] = []
        inner = indent + "  "
        taken = 0
        for each in fields:
            tag = (each.schema.parameters or {}).get(_TAG)
            taken += tag is None
            repeated, kind = "", each.schema
            if kind.type == "array" and kind.values is not None:
                repeated, kind = "repeated ", kind.values
                if kind.type == "array":
                    raise JavaError("Array cannot be nested", "java.lang.IllegalArgumentException")
            if kind.type == "map":
                repeated = "repeated "
            written, more = self._type(kind, inner)
            nested += more
            lines.append(f"{inner}{repeated}{written} {each.name} = {tag or taken}{self._options(kind)};")
        return [f"{indent}message {name} {{", *lines, *([""] if nested else []), *nested, f"{indent}}}"]

    def _type(self, kind: Schema, indent: str) -> tuple[str, list[str]]:
        """(the type as it is written, what has to be nested for it)."""
        if kind.name in _MESSAGES:
            name, file = _MESSAGES[kind.name]
            self._imports.add(file)
            return name, []
        if kind.type in _SCALARS:
            return _SCALARS[kind.type], []
        name = self._name(kind.name)
        if kind.type == "map" and kind.keys is not None and kind.values is not None:
            parts = (Field("key", kind.keys), Field("value", kind.values))
            name = f"{name[:1].upper()}{name[1:]}Entry"
            return name, self._message(name, parts, indent)
        return name, self._message(name, kind.fields, indent)

    def _options(self, kind: Schema) -> str:
        parameters: dict[str, str] = {}
        if kind.name == DECIMAL:
            given = kind.parameters or {}
            parameters = {"scale": given.get("scale", "0")} | (
                {"precision": given[_PRECISION]} if _PRECISION in given else {}
            )
        elif kind.type in ("int8", "int16"):
            parameters = {"connect.type": kind.type}
        if not parameters:
            return ""
        self._imports.add(_META)
        shown = ", ".join(f'{{ key: "{key}", value: "{value}" }}' for key, value in parameters.items())
        return f" [(confluent.field_meta) = {{ params: [{shown}] }}]"


# -- as Connect's ---------------------------------------------------------------------------------------------------

_OF_CPP = {
    FieldDescriptor.CPPTYPE_BOOL: "boolean", FieldDescriptor.CPPTYPE_INT32: "int32", FieldDescriptor.CPPTYPE_INT64: "int64",
    FieldDescriptor.CPPTYPE_UINT32: "int64", FieldDescriptor.CPPTYPE_UINT64: "int64",
    FieldDescriptor.CPPTYPE_FLOAT: "float32", FieldDescriptor.CPPTYPE_DOUBLE: "float64",
    FieldDescriptor.CPPTYPE_STRING: "string",
}  # fmt: skip
WRAPPERS = {
    "BoolValue": "boolean", "Int32Value": "int32", "Int64Value": "int64", "UInt32Value": "int64", "UInt64Value": "int64",
    "FloatValue": "float32", "DoubleValue": "float64", "StringValue": "string", "BytesValue": "bytes",
}  # fmt: skip
_LOGICAL = {
    "google.type.Date": Schema("int32", name=DATE, version=1), "google.type.TimeOfDay": Schema("int32", name=TIME, version=1),
    "google.protobuf.Timestamp": Schema("int64", name=TIMESTAMP, version=1),
}  # fmt: skip


def schema_of(message: Descriptor, inside: tuple[str, ...] = ()) -> Schema:
    """The schema that a message is in Connect. Raises DataError for one that has itself as a field."""
    if message.full_name in inside:
        raise DataError(f"The schema of {message.full_name} has itself as a field: this worker has no such schemas")
    inside = (*inside, message.full_name)
    unions = real_oneofs(message)
    fields: list[Field] = []
    for number, each in enumerate(unions):
        members = tuple(Field(field.name, _field(field, inside)) for field in each.fields)
        fields.append(Field(f"{each.name}_{number}", Schema("struct", True, f"{ONE_OF}.{each.name}", fields=members)))
    fields += [Field(f.name, _field(f, inside)) for f in message.fields if f.containing_oneof not in unions]
    return Schema("struct", name=message.name, fields=tuple(fields))


def real_oneofs(message: Descriptor) -> list[Any]:
    """The oneofs that were written, without those that stand for `optional`."""
    return [each for each in message.oneofs if not (len(each.fields) == 1 and each.name == f"_{each.fields[0].name}")]


def _field(field: FieldDescriptor, inside: tuple[str, ...]) -> Schema:
    made = _single(field, inside)
    if field.is_repeated and made.type != "map":
        made = Schema("array", values=made.made(optional=True))
    return made.made(optional=True, parameters={**(made.parameters or {}), _TAG: str(field.number)})


def _single(field: FieldDescriptor, inside: tuple[str, ...]) -> Schema:
    message = field.message_type
    if message is None:
        if field.enum_type is not None:
            listed = {f"{_ENUM}.{each.name}": str(each.number) for each in field.enum_type.values}
            return Schema("string", name=field.enum_type.name, parameters={_ENUM: field.enum_type.name, **listed})
        if field.type == FieldDescriptor.TYPE_BYTES:
            return Schema("bytes")
        return Schema(meta_of(field).get("connect.type") or _OF_CPP[field.cpp_type])
    full = message.full_name
    if full in _LOGICAL:
        return _LOGICAL[full]
    if full == "confluent.type.Decimal":
        meta = meta_of(field)
        parameters = {"scale": meta.get("scale", "0")} | (
            {_PRECISION: meta["precision"]} if "precision" in meta else {}
        )
        return Schema("bytes", name=DECIMAL, version=1, parameters=parameters)
    if full.startswith("google.protobuf.") and message.name in WRAPPERS:
        return Schema(WRAPPERS[message.name])
    if is_entry(message) and field.is_repeated:
        keys, values = (_field(message.fields_by_name[part], inside) for part in ("key", "value"))
        return Schema("map", name=message.name.removesuffix("Entry"), keys=keys, values=values)
    return schema_of(message, inside)
