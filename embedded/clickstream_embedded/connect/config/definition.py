"""ConfigDef: the settings of a class, how their texts are read, and what is wrong with given ones."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clickstream_embedded.connect.java_errors import ConfigError

Validator = Callable[[str, Any], None]
NULL_VALUE = "Null value can not be supplied as the configuration value."
_BITS = {"SHORT": 15, "INT": 31, "LONG": 63}


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """One setting, as Kafka's `ConfigDef.ConfigKey`; one that is `required` has no default."""

    name: str
    type: str
    documentation: str
    required: bool = False
    default: str | None = None
    importance: str = "MEDIUM"
    group: str | None = None
    width: str = "NONE"
    display_name: str = ""
    order: int = -1
    validators: tuple[Validator, ...] = ()
    checked_name: str = ""  # what validators call it; the name without a prefix for settings of a part
    told_bare: bool = False  # whether a text that cannot be read is told without the prefix, too

    def shown(self) -> dict[str, Any]:
        """As the REST API answers it."""
        return {
            "name": self.name, "type": self.type, "required": self.required, "default_value": self.default,
            "importance": self.importance, "documentation": self.documentation, "group": self.group,
            "width": self.width, "display_name": self.display_name or self.name, "dependents": [],
            "order": self.order,
        }  # fmt: skip

    def under(self, prefix: str, **changes: Any) -> ConfigKey:
        """The same setting of a part of a connector, such as a converter or a transform."""
        return replace(
            self,
            name=prefix + self.name,
            display_name=self.display_name or self.name,
            checked_name=self.name,
            **changes,
        )


@dataclass(slots=True)
class ConfigValue:
    """What a configuration gives for a setting, and what is wrong with it."""

    name: str
    value: str | None = None
    parsed: Any = None
    recommended: Sequence[str] = ()
    errors: list[str] = field(default_factory=list[str])

    def shown(self) -> dict[str, Any]:
        """As the REST API answers it."""
        return {
            "name": self.name, "value": self.value, "recommended_values": list(self.recommended),
            "errors": self.errors, "visible": True,
        }  # fmt: skip


def parse(key: ConfigKey, text: str) -> Any:
    """A setting's value from its text, by the rules of `ConfigDef.parseType`. Raises ConfigError."""
    given, text = text, text.strip()
    match key.type:
        case "BOOLEAN":
            if text.lower() not in ("true", "false"):
                raise ConfigError.of(key.name, given, "Expected value to be either true or false")
            return text.lower() == "true"
        case "INT" | "LONG" | "SHORT":
            digits = text[1:] if text[:1] in ("+", "-") else text
            edge = 1 << _BITS[key.type]
            if not digits.isdecimal() or not -edge <= int(text) < edge:
                raise ConfigError.of(key.name, given, f"Not a number of type {key.type}")
            return int(text)
        case "LIST":
            return [each.strip() for each in text.split(",")] if text else []
        case _:
            return text


def text_of(key: ConfigKey, parsed: Any) -> str | None:
    """A value as `ConfigDef.convertToString` shows it."""
    if parsed is None:
        return None
    match key.type:
        case "PASSWORD":
            return "[hidden]"
        case "BOOLEAN":
            return "true" if parsed else "false"
        case "LIST":
            return ",".join(parsed)
        case _:
            return str(parsed)


def validated(
    key: ConfigKey, given: Mapping[str, str], resolved: Callable[[str], str | None], *, is_null: bool = False
) -> ConfigValue:
    """What a configuration gives for a setting, with all that is wrong.

    Args:
        key: the setting.
        given: the whole configuration.
        resolved: full name of a class by its name or alias, or None.
        is_null: whether the configuration gives null for it.
    """
    found = ConfigValue(key.name)
    try:
        if key.name in given:
            found.parsed = parse(replace(key, name=key.checked_name) if key.told_bare else key, given[key.name])
            if key.type == "CLASS":
                name = resolved(found.parsed)
                if name is None:
                    text = given[key.name]
                    raise ConfigError.of(key.name, text, f"Class {text} could not be found.")
                found.parsed = name
        elif is_null:
            pass
        elif key.required:
            raise ConfigError(f'Missing required configuration "{key.name}" which has no default value.')
        elif key.default is not None:
            found.parsed = parse(key, key.default)
    except ConfigError as error:
        found.parsed = None
        found.errors.append(str(error))
    for validator in key.validators:
        try:
            validator(key.checked_name or key.name, found.parsed)
        except ConfigError as error:
            found.errors.append(str(error))
    found.value = text_of(key, found.parsed)
    return found


@functools.cache
def definitions() -> Mapping[str, tuple[ConfigKey, ...]]:
    """The settings of every class, and of every `connector`, `sink` and `source`, without validators.

    Names, types, defaults and the like are those that the real worker answers (Apache Kafka 3.9.1, DatagenConnector
    0.5.0, ElasticsearchSinkConnector 10.0.2). The documentation of Apache Kafka's and of the Datagen connector's
    settings is theirs, under the Apache License 2.0.
    """
    return _read("definitions.json")


@functools.cache
def client_definitions() -> Mapping[str, tuple[ConfigKey, ...]]:
    """The settings of the clients of `producer.override`, `consumer.override` and `admin.override`, as `definitions` has them."""
    return _read("client_definitions.json")


def _read(file: str) -> Mapping[str, tuple[ConfigKey, ...]]:
    found = json.loads((Path(__file__).parent / file).read_text("utf-8"))
    return {name: tuple(ConfigKey(**each) for each in listed) for name, listed in found.items()}
