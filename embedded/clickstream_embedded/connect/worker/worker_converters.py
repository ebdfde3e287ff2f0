"""The worker's own converters, for connectors that name none: what a real worker's configuration says.

They are given as the image of a real worker takes them, by variables such as CONNECT_VALUE_CONVERTER and
CONNECT_VALUE_CONVERTER_SCHEMAS_ENABLE. A connector that names a converter gets none of the worker's settings for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clickstream_embedded.connect.config import catalog
from clickstream_embedded.connect.converters import converter
from clickstream_embedded.connect.java_errors import ConfigError

_PREFIX = "CONNECT_"
_REGISTRY = "schema.registry.url"
_DEFAULTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "key.converter": (converter.STRING, {}),
    "value.converter": (converter.JSON, {"schemas.enable": "false"}),
    "header.converter": (converter.SIMPLE_HEADERS, {}),
}


@dataclass(frozen=True, slots=True)
class WorkerConverters:
    """Settings of the worker's converters, by the converter's name and the class's first."""

    settings: Mapping[str, Mapping[str, str]]

    def completed(self, config: Mapping[str, str]) -> dict[str, str]:
        """A connector's configuration with the worker's converters where it names none."""
        found = dict(config)
        for name, settings in self.settings.items():
            if name in config:
                continue
            found = {key: value for key, value in found.items() if not key.startswith(f"{name}.")}
            found |= settings
        return found


def worker_converters(environment: Mapping[str, str], registry: str = "") -> WorkerConverters:
    """The worker's converters.

    Args:
        environment: its variables.
        registry: address of the Schema Registry beside it, "" for none: that of the converters that need one.

    Raises:
        ConfigError: a class that is no converter.
    """
    given = properties(environment)
    return WorkerConverters({name: _settings(name, given, registry) for name in _DEFAULTS})


def properties(environment: Mapping[str, str]) -> dict[str, str]:
    """The properties of a real worker that the environment's variables stand for."""
    return {_property(name): value for name, value in environment.items() if name.startswith(_PREFIX)}


def _property(variable: str) -> str:
    """The property that a variable of the image stands for."""
    text = variable.removeprefix(_PREFIX).lower()
    return text.replace("___", "-").replace("__", "\0").replace("_", ".").replace("\0", "_")


def _settings(name: str, given: Mapping[str, str], registry: str) -> dict[str, str]:
    own = {key: value for key, value in given.items() if key.startswith(f"{name}.")}
    default, settings = _DEFAULTS[name]
    if name not in given:
        return {name: default} | {f"{name}.{key}": value for key, value in settings.items()} | own
    kind = "header_converter" if name == "header.converter" else "converter"
    found = catalog.find(given[name].strip(), (kind,))
    if found is None:
        raise ConfigError.of(name, given[name], f"Class {given[name]} could not be found.")
    address = {f"{name}.{_REGISTRY}": registry} if registry and converter.needs_registry(found.class_name) else {}
    return {name: found.class_name, **address, **own}
