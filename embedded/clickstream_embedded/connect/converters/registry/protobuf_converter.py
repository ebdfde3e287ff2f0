"""ProtobufConverter."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from clickstream_embedded.connect.converters.registry.protobuf_schemas import ProtoText, schema_of
from clickstream_embedded.connect.converters.registry.protobuf_values import fill, read
from clickstream_embedded.connect.converters.registry.registry_converter import Described, Read, Unreadable, Write
from clickstream_embedded.connect.converters.registry.subjects import Words
from clickstream_embedded.connect.data import Schema, Struct, java_class
from clickstream_embedded.connect.java_errors import (
    NULL_POINTER_EXCEPTION,
    SERIALIZATION_EXCEPTION,
    DataError,
    JavaError,
)
from clickstream_embedded.schemas.client import Registered
from clickstream_embedded.schemas.errors import SerializationError
from clickstream_embedded.schemas.proto_files import BadProto, file_of
from clickstream_embedded.schemas.protobuf_messages import indexes_of, message_at, place_before


class Protobuf:
    """Confluent's ProtobufConverter."""

    words = Words("PROTOBUF", "Protobuf", "Failed to deserialize data for topic {} to Protobuf: ",
                  "Failed to serialize Protobuf data from topic {} : ")  # fmt: skip

    def described(self, schema: Schema | None) -> Described:
        if schema is None:
            why = 'Cannot invoke "org.apache.kafka.connect.data.Schema.type()" because "schema" is null'
            raise JavaError(why, NULL_POINTER_EXCEPTION)
        text = ProtoText().of(schema)
        return Described(text, message_at(self._file(text, {}), (0,)).full_name)

    @staticmethod
    def _file(text: str, references: dict[str, str]) -> Any:
        try:
            return file_of(text, references)
        except BadProto as error:
            raise DataError(str(error)) from None

    def writer(self, schema: Schema | None, registered: Registered) -> Write:
        file = self._file(registered.text, registered.references)
        wanted = (schema.name if schema is not None else None) or "ConnectDefault1"
        names = [each.full_name for each in file.message_types_by_name.values()]
        place = names.index(wanted) if wanted in names else 0
        made: type[Message] = GetMessageClass(message_at(file, (place,)))
        head = place_before(place)

        def write(value: Any) -> bytes | None:
            if schema is None or not isinstance(value, Struct):
                raise DataError(f"Invalid type for STRUCT: class {java_class(value)}")
            message = made()
            try:
                fill(message, schema, value)
                return head + message.SerializeToString()
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
                raise DataError(f"Error serializing Protobuf message: {error}") from None

        return write

    def reader(self, registered: Registered) -> Read:
        file = self._file(registered.text, registered.references)
        known: dict[tuple[int, ...], tuple[Schema, type[Message]]] = {}

        def decode(data: bytes) -> tuple[Schema | None, Any]:
            try:
                indexes, place = indexes_of(data)
                if indexes not in known:
                    descriptor = message_at(file, indexes)
                    known[indexes] = schema_of(descriptor), GetMessageClass(descriptor)
                schema, made = known[indexes]
                return schema, read(schema, made.FromString(data[place:]))
            except (DecodeError, SerializationError, ValueError, OverflowError) as error:
                why = JavaError(str(error), "com.google.protobuf.InvalidProtocolBufferException")
                raise Unreadable(why) from None

        return decode

    def cut(self, cause: JavaError, schema_id: int) -> JavaError:
        return JavaError(f"Error deserializing Protobuf message for id {schema_id}", SERIALIZATION_EXCEPTION, cause)
