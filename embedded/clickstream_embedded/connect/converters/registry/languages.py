"""The converters of a registry, by the kind of their schemas."""

from __future__ import annotations

from collections.abc import Mapping

from clickstream_embedded.connect.converters.registry.registry_converter import Language, RegistryConverter
from clickstream_embedded.connect.converters.registry.settings import RegistrySettings, registry_settings


def make(kind: str, given: Mapping[str, str], *, is_key: bool) -> RegistryConverter:
    """A converter.

    Args:
        kind: AVRO, JSON or PROTOBUF.
        given: what the configuration says under the converter's prefix.
        is_key: whether it is that of keys.

    Raises:
        ConfigError: settings that it does not take.
    """
    settings = registry_settings(given, is_key=is_key)
    return RegistryConverter(_language(kind, settings), settings, is_key=is_key)


def _language(kind: str, settings: RegistrySettings) -> Language:
    """The language of a kind; the libraries of each are large, and only who uses it pays for them."""
    if kind == "AVRO":
        from clickstream_embedded.connect.converters.registry.avro_converter import Avro

        return Avro(meta=settings.meta)
    if kind == "JSON":
        from clickstream_embedded.connect.converters.registry.json_schema_converter import JsonSchema

        return JsonSchema(numeric_decimals=settings.numeric_decimals)
    from clickstream_embedded.connect.converters.registry.protobuf_converter import Protobuf

    return Protobuf()
