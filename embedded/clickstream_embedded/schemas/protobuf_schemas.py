"""Protobuf schemas: parsed and compared by the rules of Confluent's documentation, "Protobuf compatibility rules"."""

from __future__ import annotations

from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor

from clickstream_embedded.schemas import proto_files
from clickstream_embedded.schemas.parsed import InvalidSchema, Parsed, Resolved
from clickstream_embedded.schemas.proto_files import BadProto

# scalar types that can be read as one another: what is on the wire is the same
_KINDS = ({"int32", "uint32", "int64", "uint64", "bool"}, {"sint32", "sint64"}, {"fixed32", "sfixed32"},
          {"fixed64", "sfixed64"}, {"string", "bytes"})  # fmt: skip
_NAMES = {
    getattr(FieldDescriptor, f"TYPE_{name.upper()}"): name
    for name in ("double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
                 "sfixed32", "sfixed64", "bool", "string", "bytes", "enum", "message", "group")
}  # fmt: skip


def parse(text: str, references: Resolved) -> Parsed:
    """A Protobuf schema. Raises InvalidSchema."""
    try:
        return Parsed("PROTOBUF", proto_files.canonical(text), proto_files.file_of(text, references))
    except BadProto as error:
        raise InvalidSchema(str(error)) from None


def serialized(text: str) -> str:
    """The descriptor of a schema that was parsed once, in base64."""
    return proto_files.serialized(text)


def differences(reader: FileDescriptor, writer: FileDescriptor) -> list[str]:
    """Why messages of `writer` cannot be read with `reader`."""
    found: list[str] = []
    if reader.package != writer.package:
        found.append(_told("PACKAGE_CHANGED", "/"))
    theirs = reader.message_types_by_name
    for name, message in writer.message_types_by_name.items():
        if name in theirs:
            found += _message(theirs[name], message, f"#/{name}")
        else:
            found.append(_told("MESSAGE_REMOVED", f"#/{name}"))
    return found


def _message(reader: Descriptor, writer: Descriptor, path: str) -> list[str]:
    found: list[str] = []
    for name, nested in writer.nested_types_by_name.items():
        if name in reader.nested_types_by_name:
            found += _message(reader.nested_types_by_name[name], nested, f"{path}/{name}")
        elif not nested.GetOptions().map_entry:
            found.append(_told("MESSAGE_REMOVED", f"{path}/{name}"))
    for number, field in writer.fields_by_number.items():
        ours = reader.fields_by_number.get(number)
        where = f"{path}/{number}"
        if ours is None:
            if field.containing_oneof is not None and not _is_synthetic(field):
                found.append(_told("ONEOF_FIELD_REMOVED", where))
            elif field.is_required:
                found.append(_told("REQUIRED_FIELD_REMOVED", where))
        else:
            found += _field(ours, field, where)
    for number, field in reader.fields_by_number.items():
        if number not in writer.fields_by_number and field.is_required:
            found.append(_told("REQUIRED_FIELD_ADDED", f"{path}/{number}"))
    for oneof in reader.oneofs_by_name.values():
        moved = [f for f in oneof.fields if (old := writer.fields_by_number.get(f.number)) and not old.containing_oneof]
        if len(moved) > 1:
            found.append(_told("MULTIPLE_FIELDS_MOVED_TO_ONEOF", f"{path}/{oneof.name}"))
    return found


def _is_synthetic(field: FieldDescriptor) -> bool:
    """Whether its oneof stands for `optional` of proto3."""
    return field.containing_oneof is not None and field.containing_oneof.name == f"_{field.name}"


def _field(reader: FieldDescriptor, writer: FieldDescriptor, path: str) -> list[str]:
    ours, theirs = _NAMES[reader.type], _NAMES[writer.type]
    named = ("message", "enum", "group")
    if (ours in named) != (theirs in named) or (ours in named and ours != theirs):
        both = {ours, theirs} - {"enum"}
        if "enum" in (ours, theirs) and both <= _KINDS[0]:
            return []
        return [_told("FIELD_KIND_CHANGED", path)]
    if ours in named:
        old, new = writer.message_type or writer.enum_type, reader.message_type or reader.enum_type
        same = old is not None and new is not None and old.full_name == new.full_name
        return [] if same else [_told("FIELD_NAMED_TYPE_CHANGED", path)]
    if ours != theirs and not any({ours, theirs} <= kind for kind in _KINDS):
        return [_told("FIELD_SCALAR_KIND_CHANGED", path)]
    if reader.is_repeated != writer.is_repeated and ours not in ("string", "bytes"):
        return [_told("FIELD_NUMERIC_LABEL_CHANGED", path)]
    return []


_WORDS = {
    "PACKAGE_CHANGED": "The package of the schema has changed",
    "MESSAGE_REMOVED": "The new schema is missing a MESSAGE type that is in the old schema",
    "FIELD_KIND_CHANGED": "The kind of a field in the new schema does not match its kind in the old schema",
    "FIELD_SCALAR_KIND_CHANGED": "The kind of a SCALAR field in the new schema does not match its kind in the old schema",
    "FIELD_NAMED_TYPE_CHANGED": "The type of a MESSAGE or ENUM field in the new schema does not match its type in the old "
    "schema",
    "FIELD_NUMERIC_LABEL_CHANGED": "The label of a numeric field in the new schema does not match its label in the old schema",
    "ONEOF_FIELD_REMOVED": "The new schema is missing a oneof field that is in the old schema",
    "REQUIRED_FIELD_ADDED": "The new schema has a required field that is not in the old schema",
    "REQUIRED_FIELD_REMOVED": "The new schema is missing a required field that is in the old schema",
    "MULTIPLE_FIELDS_MOVED_TO_ONEOF": "Multiple fields that the old schema has outside are in a oneof of the new schema",
}  # fmt: skip


def _told(kind: str, path: str) -> str:
    return f'{{errorType:"{kind}", description:"{_WORDS[kind]} (path \'{path}\')"}}'
