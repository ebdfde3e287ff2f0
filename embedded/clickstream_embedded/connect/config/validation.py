"""The check of a connector's whole configuration, as the herder of a real worker does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickstream_embedded.connect.config import catalog, overrides, rules
from clickstream_embedded.connect.config.catalog import Plugin
from clickstream_embedded.connect.config.definition import NULL_VALUE, ConfigKey, ConfigValue, validated
from clickstream_embedded.connect.java_errors import NULL_POINTER_EXCEPTION, JavaError

Config = Mapping[str, str]
_NULL_READ = {"sink": "errors.deadletterqueue.topic.name", "source": "offsets.storage.topic"}
_JSON_ORDER = ("decimal.format", "converter.type", "schemas.cache.size", "replace.null.with.default", "schemas.enable")
_GROUP = "consumer.override.group.id"
_NO_PREDICATE = (
    "Config '{0}negate' was provided but there is no config '{0}predicate' defining a predicate to be negated."
)
_GROUPS = {
    "source": ("Common", "Transforms", "Predicates", "Error Handling", "Topic Creation", "Exactly Once Support",
               "offsets.topic"),
    "sink": ("Common", "Transforms", "Predicates", "Error Handling"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Validation:
    """What is wrong with a configuration, setting by setting."""

    name: str
    groups: Sequence[str]
    configs: Sequence[tuple[ConfigKey | None, ConfigValue]]

    @property
    def errors(self) -> list[str]:
        return [error for _, value in self.configs for error in value.errors]

    def shown(self) -> dict[str, Any]:
        """As the REST API answers it."""
        return {
            "name": self.name, "error_count": len(self.errors), "groups": list(self.groups),
            "configs": [
                {"definition": None if key is None else key.shown(), "value": value.shown()}
                for key, value in self.configs
            ],
        }  # fmt: skip


def validate(plugin: Plugin, config: Mapping[str, str | None], worker_group: str) -> Validation:
    """What is wrong with a connector's configuration.

    Args:
        plugin: the connector's class.
        config: all its settings.
        worker_group: the group of the worker, which no sink's consumers may share.
    """
    name = str(config.get("connector.class"))
    given = {key: value for key, value in config.items() if value is not None}
    nothing = {key for key, value in config.items() if value is None}
    _throw_where_null_is_read(nothing, plugin.kind)
    values: dict[str, ConfigValue] = {}
    listed: list[tuple[ConfigKey | None, ConfigValue]] = []
    groups = list(_GROUPS[plugin.kind])

    def check(keys: Sequence[ConfigKey]) -> None:
        for key in keys:
            value = validated(key, given, catalog.resolved, is_null=key.name in nothing)
            values[key.name] = value
            listed.append((key, value))
            if key.group is not None and key.group not in groups:
                groups.append(key.group)

    check(catalog.shared_keys(plugin.kind))
    _check_classes(values)
    for aliases, kind, title in (
        ("transforms", "transformation", "Transform"),
        ("predicates", "predicate", "Predicate"),
    ):
        for alias in dict.fromkeys(values[aliases].parsed or ()):
            keys = _part_keys(f"{aliases}.{alias}.", alias, kind, title, given)
            check(keys)
            _check_part(values[keys[0].name], kind)
            prefix = f"{aliases}.{alias}."
            if kind == "transformation" and f"{prefix}negate" in given and f"{prefix}predicate" not in given:
                values[keys[0].name].errors.append(_NO_PREDICATE.format(prefix))
            values[keys[0].name].recommended = [each.class_name for each in catalog.PLUGINS if each.kind == kind]
    shared = set(values)
    check(catalog.own_keys(plugin.class_name))
    rules.check(plugin, given, values, worker_group)
    # a null is told of what all connectors have, and of what nobody knows; a class looks after its own settings
    for key in nothing & shared:
        values[key].errors.append(NULL_VALUE)
    unknown = sorted(nothing - set(values))
    listed += overrides.check(plugin.kind, given, nothing)
    for prefix in ("header.converter", "key.converter", "value.converter"):
        given.setdefault(f"{prefix}.converter.type", prefix.split(".")[0])
        check(_converter_keys(prefix, values[prefix]))
    listed[:0] = [(None, ConfigValue(key, errors=[NULL_VALUE])) for key in unknown]
    if plugin.kind == "sink" and _GROUP in given:  # told twice: it is one that the worker looks at itself
        listed.insert(0, (None, ConfigValue(_GROUP, given[_GROUP])))
    return Validation(name, groups, listed)


def _throw_where_null_is_read(nothing: set[str], kind: str) -> None:
    """Raises what the worker does for settings that it reads before it looks whether they are null: JavaError."""
    if _NULL_READ[kind] in nothing:
        why = 'Cannot invoke "String.trim()" because the return value of "java.util.Map.getOrDefault(Object, Object)" is null'
        raise JavaError(why, NULL_POINTER_EXCEPTION)


def _check_classes(values: Mapping[str, ConfigValue]) -> None:
    """That the classes of converters are converters."""
    for setting, kind, interface in (
        ("key.converter", "converter", "Converter"), ("value.converter", "converter", "Converter"),
        ("header.converter", "header_converter", "HeaderConverter"),
    ):  # fmt: skip
        found = values[setting].parsed
        if found is not None and catalog.find(found, (kind,)) is None:
            values[setting].errors.append(f"Class class {found} does not implement the {interface} interface")


def _check_part(value: ConfigValue, kind: str) -> None:
    """That the class of a transform or predicate is one."""
    interface = "Transformation" if kind == "transformation" else "Predicate"
    if value.parsed in catalog.ABSTRACT:
        other = ", ".join(catalog.nested_classes(value.parsed))
        value.errors.append(
            "This class is abstract and cannot be created." + (f" Did you mean {other}?" if other else "")
        )
    elif value.parsed is not None and catalog.find(value.parsed, (kind,)) is None:
        value.errors.append(f"Class class {value.parsed} does not implement the {interface} interface")


def _part_keys(prefix: str, alias: str, kind: str, title: str, given: Config) -> list[ConfigKey]:
    """The settings of one transform or predicate: its class first, then those that the class has."""
    group = f"{title}s: {alias}"
    lower = title.lower()
    named = "transformation" if kind == "transformation" else lower
    first = ConfigKey(
        f"{prefix}type", "CLASS", f"Class for the '{alias}' {named}.", True, None, "HIGH", group, "LONG",
        f"{'Transformation' if kind == 'transformation' else 'Predicate'} type for {alias}", 0,
    )  # fmt: skip
    found = catalog.find(given.get(first.name, "").strip(), (kind,))
    if found is None:
        return [first]
    own = list(catalog.own_keys(found.class_name))
    if kind == "transformation":
        own += [
            ConfigKey("predicate", "STRING", "The alias of a predicate used to determine whether to apply this "
                      "transformation."),
            ConfigKey("negate", "BOOLEAN", "Whether the configured predicate should be negated.", default="false"),
        ]  # fmt: skip
    ranks = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}
    own.sort(key=lambda key: (not key.required, ranks[key.importance], key.name))
    return [first, *(key.under(prefix, group=group, order=place) for place, key in enumerate(own, 1))]


def _converter_keys(prefix: str, value: ConfigValue) -> list[ConfigKey]:
    kind = "header_converter" if prefix.startswith("header") else "converter"
    found = catalog.find(value.parsed or "", (kind,))
    if found is None:
        return []
    keys = catalog.own_keys(found.class_name)
    if found.simple == "JsonConverter":
        keys = tuple(sorted(keys, key=lambda key: _JSON_ORDER.index(key.name)))
    return [key.under(f"{prefix}.", told_bare=True) for key in keys]
