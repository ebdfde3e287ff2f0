"""Protobuf schemas as text (`.proto`) and as descriptors, one from the other, for the registry and for ksqlDB.

The text is parsed by proto-schema-parser, types are resolved by protobuf's own pool.
"""

from __future__ import annotations

import base64
import binascii
import functools
import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from antlr4.error.ErrorListener import ErrorListener
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from proto_schema_parser import ast
from proto_schema_parser.generator import Generator
from proto_schema_parser.parser import Parser

# files that every registry and serializer knows, by the modules that hold them
_KNOWN = {
    **{f"google/protobuf/{name}.proto": f"google.protobuf.{name}_pb2"
       for name in ("any", "api", "descriptor", "duration", "empty", "field_mask", "source_context", "struct",
                    "timestamp", "type", "wrappers")},
    **{f"google/type/{name}.proto": f"google.type.{name}_pb2"
       for name in ("calendar_period", "color", "date", "dayofweek", "expr", "fraction", "latlng", "money", "month",
                    "postal_address", "quaternion", "timeofday")},
    "confluent/meta.proto": "confluent_kafka.schema_registry.confluent.meta_pb2",
    "confluent/type/decimal.proto": "confluent_kafka.schema_registry.confluent.type.decimal_pb2",
}  # fmt: skip
FIELD_META = "confluent.field_meta"  # the option with the parameters of Connect's types
_SCALARS = {
    name: getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{name.upper()}")
    for name in ("double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
                 "sfixed32", "sfixed64", "bool", "string", "bytes")
}  # fmt: skip
_NAMES = {number: name for name, number in _SCALARS.items()}
_LABELS = {"OPTIONAL": 1, "REQUIRED": 2, "REPEATED": 3}


class BadProto(ValueError):
    """A text that is no Protobuf schema; the message says why."""


def file_of(text: str, references: Mapping[str, str] | None = None, name: str = "schema.proto") -> FileDescriptor:
    """The file that a text, or a descriptor in base64, describes.

    Args:
        text: what a registry holds.
        references: the texts of imported files by the names they are imported by.
        name: of the file.

    Raises:
        BadProto: it is neither, or a type or an import of it is not known.
    """
    pool = DescriptorPool()
    _add(pool, name, text, references or {}, set())
    return pool.FindFileByName(name)


def _add(pool: DescriptorPool, name: str, text: str, references: Mapping[str, str], added: set[str]) -> None:
    if name in added:
        return
    added.add(name)
    proto = proto_of(text, name)
    for each in proto.dependency:
        if each in references:
            _add(pool, each, references[each], references, added)
        elif each in _KNOWN:
            _add_known(pool, each, added)
        else:
            raise BadProto(f'Unresolved import: "{each}" is neither a reference nor a well-known file')
    try:
        pool.Add(proto)
        pool.FindFileByName(name)
    except (TypeError, KeyError) as error:
        raise BadProto(str(error.args[0] if error.args else error)) from None


def _add_known(pool: DescriptorPool, name: str, added: set[str]) -> None:
    if name in added:
        return
    added.add(name)
    found: FileDescriptor = importlib.import_module(_KNOWN[name]).DESCRIPTOR
    proto = descriptor_pb2.FileDescriptorProto.FromString(found.serialized_pb)
    for each in proto.dependency:
        _add_known(pool, each, added)
    pool.Add(proto)


def proto_of(text: str, name: str = "schema.proto") -> descriptor_pb2.FileDescriptorProto:
    """The descriptor of a text, with types not resolved yet; of one in base64 itself. Raises BadProto."""
    proto = descriptor_pb2.FileDescriptorProto.FromString(_descriptor(text))
    proto.name = name
    return proto


@functools.lru_cache(maxsize=200)
def _descriptor(text: str) -> bytes:
    """The bytes of the descriptor: to parse a text takes tenths of a second, and a server has each several times."""
    binary = _decoded(text)
    return (_Builder(_tree(text)).file("") if binary is None else binary).SerializeToString()


def _decoded(text: str) -> descriptor_pb2.FileDescriptorProto | None:
    """The descriptor that clients without a printer send in place of a text."""
    try:
        found = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (binascii.Error, DecodeError, ValueError):
        return None
    return found if found.message_type or found.enum_type or found.dependency else None


class _Strict(ErrorListener):
    """The generated parser would go on behind a mistake, with a guess."""

    def syntaxError(self, recognizer: Any, offendingSymbol: Any, line: int, column: int, msg: str, e: Any) -> None:  # noqa: N802, N803
        raise BadProto(f"Syntax error in :{line}:{column}: {msg}")


def _strict(recognizer: Any) -> None:
    recognizer.removeErrorListeners()
    recognizer.addErrorListener(_Strict())


def _tree(text: str) -> ast.File:
    try:
        return Parser(setup_lexer=_strict, setup_parser=_strict).parse(text)
    except Exception as error:  # noqa: BLE001 - a text from outside makes the generated parser raise anything
        raise BadProto(str(error) or "it is no Protobuf schema") from None


def canonical(text: str) -> str:
    """The text without comments, in one form; of a descriptor in base64 the text for it. Raises BadProto."""
    binary = _decoded(text)
    tree = _tree(text) if binary is None else _printed(binary)
    _drop_comments(tree.file_elements)
    return Generator().generate(tree).rstrip("\n") + "\n"


def text_of(proto: descriptor_pb2.FileDescriptorProto) -> str:
    """The text of a descriptor. Of options only `deprecated` and Connect's are kept, of extensions none: no bytes depend on them."""
    return Generator().generate(_printed(proto)).rstrip("\n") + "\n"


def serialized(text: str) -> str:
    """The descriptor of a text in base64, as `format=serialized` asks for it. Raises BadProto."""
    return base64.b64encode(proto_of(text, "default").SerializeToString()).decode()


def _drop_comments(elements: list[Any]) -> None:
    elements[:] = [each for each in elements if not isinstance(each, ast.Comment)]
    for each in elements:
        _drop_comments(getattr(each, "elements", []))


class _Builder:
    """A parsed file as a descriptor."""

    def __init__(self, tree: ast.File) -> None:
        self._tree = tree
        self._proto3 = tree.syntax == "proto3"

    def file(self, name: str) -> descriptor_pb2.FileDescriptorProto:
        proto = descriptor_pb2.FileDescriptorProto(name=name, syntax="proto3" if self._proto3 else "proto2")
        for each in self._tree.file_elements:
            match each:
                case ast.Package():
                    proto.package = each.name
                case ast.Import():
                    proto.dependency.append(each.name)
                case ast.Message():
                    self._message(proto.message_type.add(), each)
                case ast.Enum():
                    self._enum(proto.enum_type.add(), each)
                case _:  # services, extensions and options say nothing of how messages are read
                    pass
        return proto

    def _message(self, proto: descriptor_pb2.DescriptorProto, tree: ast.Message) -> None:
        proto.name = tree.name
        optional: list[descriptor_pb2.FieldDescriptorProto] = []
        for each in tree.elements:
            match each:
                case ast.Field():
                    field = self._field(proto, each)
                    if self._proto3 and each.cardinality == ast.FieldCardinality.OPTIONAL:
                        optional.append(field)
                case ast.MapField():
                    self._map(proto, each)
                case ast.OneOf():
                    proto.oneof_decl.add(name=each.name)
                    place = len(proto.oneof_decl) - 1
                    for inner in each.elements:
                        if isinstance(inner, ast.Field):
                            self._field(proto, inner).oneof_index = place
                case ast.Message():
                    self._message(proto.nested_type.add(), each)
                case ast.Enum():
                    self._enum(proto.enum_type.add(), each)
                case ast.Group():
                    raise BadProto(f"Groups are not supported: {each.name}")
                case _:
                    pass
        for field in optional:  # behind the oneofs that are written
            proto.oneof_decl.add(name=f"_{field.name}")
            field.proto3_optional, field.oneof_index = True, len(proto.oneof_decl) - 1

    def _field(self, proto: descriptor_pb2.DescriptorProto, tree: ast.Field) -> descriptor_pb2.FieldDescriptorProto:
        label = _LABELS[tree.cardinality.value] if tree.cardinality is not None else 1
        field = proto.field.add(name=tree.name, number=tree.number, label=label)
        _typed(field, tree.type)
        for option in tree.options:
            if option.name == f"({FIELD_META})" and isinstance(option.value, ast.MessageLiteral):
                _put_parameters(field, option.value)
        return field

    def _map(self, proto: descriptor_pb2.DescriptorProto, tree: ast.MapField) -> None:
        name = "".join(part[:1].upper() + part[1:] for part in tree.name.split("_")) + "Entry"
        entry = proto.nested_type.add(name=name)
        entry.options.map_entry = True
        for number, (part, kind) in enumerate((("key", tree.key_type), ("value", tree.value_type)), 1):
            _typed(entry.field.add(name=part, number=number, label=1), kind)
        proto.field.add(name=tree.name, number=tree.number, label=3, type_name=name)

    @staticmethod
    def _enum(proto: descriptor_pb2.EnumDescriptorProto, tree: ast.Enum) -> None:
        proto.name = tree.name
        for each in tree.elements:
            if isinstance(each, ast.EnumValue):
                proto.value.add(name=each.name, number=each.number)
            elif isinstance(each, ast.Option) and each.name == "allow_alias":
                proto.options.allow_alias = str(each.value).lower() == "true"


def _put_parameters(field: descriptor_pb2.FieldDescriptorProto, literal: ast.MessageLiteral) -> None:
    """What Connect's types keep of themselves in a field: a decimal's precision and scale."""
    meta = _meta()
    for each in literal.elements:
        if isinstance(each, ast.MessageLiteralField) and each.name == "params":
            for entry in each.value if isinstance(each.value, list) else [each.value]:
                parts = {part.name: str(part.value) for part in getattr(entry, "elements", ())}
                field.options.Extensions[meta].params[parts.get("key", "")] = parts.get("value", "")


def _meta() -> Any:
    return importlib.import_module(_KNOWN["confluent/meta.proto"]).field_meta


def _typed(field: descriptor_pb2.FieldDescriptorProto, kind: str) -> None:
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type_name = kind


# -- descriptors as text -------------------------------------------------------------------------------------------


def _printed(proto: descriptor_pb2.FileDescriptorProto) -> ast.File:
    elements: list[Any] = []
    if proto.package:
        elements.append(ast.Package(proto.package))
    elements += [ast.Import(name) for name in proto.dependency]
    proto3 = proto.syntax == "proto3"
    elements += [_message(each, proto3=proto3, space=proto.package) for each in proto.message_type]
    elements += [_enum(each) for each in proto.enum_type]
    return ast.File(syntax=proto.syntax or "proto2", file_elements=elements)


def _enum(proto: descriptor_pb2.EnumDescriptorProto) -> ast.Enum:
    return ast.Enum(proto.name, [ast.EnumValue(each.name, each.number) for each in proto.value])


def _message(proto: descriptor_pb2.DescriptorProto, *, proto3: bool, space: str) -> ast.Message:
    inside = f"{space}.{proto.name}" if space else proto.name
    maps = {each.name: each for each in proto.nested_type if each.options.map_entry}
    choices: dict[int, ast.OneOf] = {}
    elements: list[Any] = []
    for field in proto.field:
        kind = _kind(field, inside)
        entry = maps.get(kind) if field.label == 3 else None
        if entry is not None:
            elements.append(
                ast.MapField(field.name, field.number, _kind(entry.field[0], inside), _kind(entry.field[1], inside))
            )
            continue
        made = ast.Field(field.name, field.number, kind, _cardinality(field, proto3=proto3))
        made.options += _options(field)
        if field.HasField("oneof_index") and not field.proto3_optional:
            if field.oneof_index not in choices:
                choices[field.oneof_index] = ast.OneOf(proto.oneof_decl[field.oneof_index].name)
                elements.append(choices[field.oneof_index])
            choices[field.oneof_index].elements.append(made)
        else:
            elements.append(made)
    elements += [_message(each, proto3=proto3, space=inside) for each in proto.nested_type if each.name not in maps]
    elements += [_enum(each) for each in proto.enum_type]
    return ast.Message(proto.name, elements)


def _options(field: descriptor_pb2.FieldDescriptorProto) -> list[ast.Option]:
    options = [ast.Option("deprecated", "true")] if field.options.deprecated else []
    parameters = field.options.Extensions[_meta()].params if field.HasField("options") else {}
    if parameters:
        entries: list[Any] = []
        for key, value in sorted(parameters.items()):
            parts: list[Any] = [ast.MessageLiteralField("key", key), ast.MessageLiteralField("value", value)]
            entries.append(ast.MessageLiteral(parts))
        whole: list[Any] = [ast.MessageLiteralField("params", entries)]
        options.append(ast.Option(f"({FIELD_META})", ast.MessageLiteral(whole)))
    return options


def _cardinality(field: descriptor_pb2.FieldDescriptorProto, *, proto3: bool) -> ast.FieldCardinality | None:
    if field.label == 3:
        return ast.FieldCardinality.REPEATED
    if field.label == 2:
        return ast.FieldCardinality.REQUIRED
    plain = proto3 and not field.proto3_optional
    return None if plain or (field.HasField("oneof_index") and not proto3) else ast.FieldCardinality.OPTIONAL


def _kind(field: descriptor_pb2.FieldDescriptorProto, inside: str) -> str:
    """The type as it is written in the message `inside`: a nested one by its own name."""
    if not field.type_name:
        return _NAMES[field.type]
    name = field.type_name.removeprefix(".")
    for scope in _scopes(inside):
        if name.startswith(f"{scope}."):
            return name.removeprefix(f"{scope}.")
    return name


def _scopes(inside: str) -> Iterable[str]:
    while inside:
        yield inside
        inside = inside.rpartition(".")[0]
