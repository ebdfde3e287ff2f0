"""The converters of one task, and a record's way through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.connect.config.catalog import full_name
from clickstream_embedded.connect.converters import converter
from clickstream_embedded.connect.converters.converter import Converter
from clickstream_embedded.connect.java_errors import JavaError
from clickstream_embedded.connect.tasks.retries import PatientConverter, Retries
from clickstream_embedded.connect.tasks.tolerance import Tolerance
from clickstream_embedded.connect.transforms.chain import chain, settings_of
from clickstream_embedded.connect.transforms.record import ConnectRecord, Header

_NAMES = ("key.converter", "value.converter", "header.converter")


@dataclass(slots=True)
class _Place:
    """Where a record is: the stage, as `Stage` names it, and the class that has it."""

    stage: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A source's record as the broker gets it."""

    record: ConnectRecord
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


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
        self.stages = chain(config, full_name)
        self._classes = {name: full_name(config[name]) for name in _NAMES}
        self._retries = Retries(config)
        self.key, self.value, self.header = (self._made(name, config) for name in _NAMES)

    @property
    def asks(self) -> bool:
        """Whether a record's way may have to wait for another server, so that it is gone in a thread."""
        return self.key.asks or self.value.asks

    def _made(self, name: str, config: Mapping[str, str]) -> Converter:
        made = converter.make(self._classes[name], settings_of(config, f"{name}."), is_key=name == "key.converter")
        return PatientConverter(made, self._retries) if made.asks else made

    def stop(self) -> None:
        """What waits for another server waits no longer."""
        self._retries.stop()

    def of_message(self, message: Any) -> ConnectRecord | None:
        """A message of the broker as a record behind its transforms; None where it is dropped or tolerated.

        Raises:
            JavaError: it failed, and the configuration does not tolerate that.
        """
        at = _Place()
        topic = message.topic()
        try:
            self._enter(at, "key")
            key_schema, key = self.key.from_bytes(topic, message.key())
            self._enter(at, "value")
            value_schema, value = self.value.from_bytes(topic, message.value())
            self._enter(at, "header")
            headers = tuple(self._header(topic, name, data) for name, data in message.headers() or ())
            record = ConnectRecord(
                topic, message.partition(), message.offset(), message.timestamp()[1], key_schema, key,
                value_schema, value, headers,
            )  # fmt: skip
            return self._transformed(record, at)
        except JavaError as error:
            self._tolerance.failed(message, at.stage, at.class_name, error)
            return None

    def _enter(self, at: _Place, part: str) -> None:
        at.stage, at.class_name = f"{part.upper()}_CONVERTER", self._classes[f"{part}.converter"]

    def _transformed(self, record: ConnectRecord, at: _Place) -> ConnectRecord | None:
        at.stage = "TRANSFORMATION"
        for stage in self.stages:
            at.class_name = stage.class_name
            changed = stage.transform(record)
            if changed is None:
                return None
            record = changed
        return record

    def _header(self, topic: str, name: str, data: bytes | str | None) -> Header:
        schema, value = self.header.from_bytes(topic, data.encode() if isinstance(data, str) else data)
        return name, schema, value

    def of_source(self, record: ConnectRecord) -> Written | None:
        """A source's record behind its transforms, as bytes; None where it is left out. Raises JavaError."""
        at = _Place()
        try:
            changed = self._transformed(record, at)
            if changed is None:
                return None
            topic = changed.topic
            self._enter(at, "header")
            headers = [(name, self.header.to_bytes(topic, schema, value)) for name, schema, value in changed.headers]
            self._enter(at, "key")
            key = self.key.to_bytes(topic, changed.key_schema, changed.key)
            self._enter(at, "value")
            value = self.value.to_bytes(topic, changed.value_schema, changed.value)
            return Written(changed, key, value, headers)
        except JavaError as error:
            self._tolerance.failed(None, at.stage, at.class_name, error)
            return None
