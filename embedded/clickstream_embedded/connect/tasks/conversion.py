"""The converters of one task, and a record's way through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clickstream_embedded.connect.config.catalog import full_name
from clickstream_embedded.connect.converters import converter
from clickstream_embedded.connect.converters.converter import Converter
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.tasks.tolerance import Tolerance
from clickstream_embedded.connect.transforms.chain import apply, chain, settings_of
from clickstream_embedded.connect.transforms.record import ConnectRecord, Header

_NAMES = ("key.converter", "value.converter", "header.converter")


class Conversion:
    """Converters and transforms of a task.

    Args:
        config: the connector's configuration, with the worker's converters where it names none.
        tolerance: what happens to records that fail.

    Raises:
        JavaError: transforms or converters whose settings do not fit.
    """

    def __init__(self, config: Mapping[str, str], tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self.transforms = chain(config, full_name)
        self._classes = {name: full_name(config[name]) for name in _NAMES}
        self.key, self.value, self.header = (self._made(name, config) for name in _NAMES)

    @property
    def asks(self) -> bool:
        """Whether a record's way may have to wait for another server, so that it is gone in a thread."""
        return self.key.asks or self.value.asks

    def _made(self, name: str, config: Mapping[str, str]) -> Converter:
        return converter.make(self._classes[name], settings_of(config, f"{name}."), is_key=name == "key.converter")

    def of_message(self, message: Any) -> ConnectRecord | None:
        """A message of the broker as a record behind its transforms; None where it is dropped or tolerated.

        Raises:
            JavaError: it failed, and the configuration does not tolerate that.
        """
        stage, class_name = "KEY_CONVERTER", self._classes["key.converter"]
        try:
            topic = message.topic()
            key_schema, key = self.key.from_bytes(topic, message.key())
            stage, class_name = "VALUE_CONVERTER", self._classes["value.converter"]
            value_schema, value = self.value.from_bytes(topic, message.value())
            stage, class_name = "HEADER_CONVERTER", self._classes["header.converter"]
            headers = tuple(self._header(topic, name, data) for name, data in message.headers() or ())
            record = ConnectRecord(
                topic, message.partition(), message.offset(), message.timestamp()[1], key_schema, key,
                value_schema, value, headers,
            )  # fmt: skip
            stage, class_name = "TRANSFORMATION", "org.apache.kafka.connect.runtime.TransformationStage"
            return apply(self.transforms, record)
        except JavaError as error:
            self._tolerance.failed(message, stage, class_name, error)
            return None

    def _header(self, topic: str, name: str, data: bytes | str | None) -> Header:
        schema, value = self.header.from_bytes(topic, data.encode() if isinstance(data, str) else data)
        return name, schema, value

    def of_source(self, record: ConnectRecord) -> tuple[ConnectRecord, bytes | None, bytes | None] | None:
        """A source's record behind its transforms with the bytes of key and value; None where it is left out."""
        stage, class_name = "TRANSFORMATION", "org.apache.kafka.connect.runtime.TransformationStage"
        try:
            changed = apply(self.transforms, record)
            if changed is None:
                return None
            stage, class_name = "KEY_CONVERTER", self._classes["key.converter"]
            key = self.key.to_bytes(changed.topic, changed.key_schema, changed.key)
            stage, class_name = "VALUE_CONVERTER", self._classes["value.converter"]
            return changed, key, self.value.to_bytes(changed.topic, changed.value_schema, changed.value)
        except JavaError as error:
            self._tolerance.failed(None, stage, class_name, error)
            return None

    def header_bytes(self, record: ConnectRecord) -> list[tuple[str, str | bytes | None]]:
        return [(name, self.header.to_bytes(record.topic, schema, value)) for name, schema, value in record.headers]
