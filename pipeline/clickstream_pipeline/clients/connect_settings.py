"""What a connector plugin says about its settings (KIP-769), and what it has against some."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SECRET = re.compile(r"password|secret|token|credential|api\.key|sasl\.jaas", re.IGNORECASE)
MASK = "********"
_RANKS = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}
_COMMON = (
    "Common",
    "Transforms",
    "Predicates",
    "Error Handling",
    "Topic Creation",
    "Exactly Once Support",
    "offsets.topic",
)


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """What a plugin has against one setting."""

    setting: str
    problem: str


@dataclass(frozen=True, slots=True)
class PluginSetting:
    """One setting that a plugin takes.

    Args:
        name: such as `tasks.max`.
        kind: of its value: STRING, INT, LONG, BOOLEAN, LIST, CLASS, PASSWORD …
        required: whether there is no connector without it.
        default: what it is where it is not set; None for nothing.
        importance: HIGH, MEDIUM or LOW.
        documentation: what it does, in the plugin's words.
        common: whether each connector has it, whatever its plugin.
    """

    name: str
    kind: str
    required: bool
    default: str | None
    importance: str
    documentation: str
    common: bool

    @property
    def order(self) -> tuple[bool, bool, int]:
        """What is required first, then the plugin's own, then what each connector has; important ones before others."""
        return not self.required, self.common, _RANKS.get(self.importance, 3)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A kind of connector that the worker can run: `kind` is source or sink."""

    class_name: str
    kind: str
    version: str


def plugin(entry: dict[str, Any]) -> Plugin:
    """A plugin from one entry of `GET /connector-plugins`."""
    return Plugin(str(entry["class"]), str(entry.get("type") or ""), str(entry.get("version") or ""))


def setting(definition: dict[str, Any]) -> PluginSetting:
    """A setting from one entry of `GET /connector-plugins/NAME/config`."""
    default = definition.get("default_value")
    return PluginSetting(
        str(definition["name"]), str(definition.get("type") or ""), bool(definition.get("required")),
        None if default is None else str(default), str(definition.get("importance") or ""),
        str(definition.get("documentation") or ""), definition.get("group") in _COMMON,
    )  # fmt: skip


def masked(config: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The configuration with secrets hidden; references such as `${file:…}` stay readable."""
    return tuple(
        (name, MASK if _SECRET.search(name) and not str(value).startswith("${") else str(value))
        for name, value in sorted(config.items())
    )


def config_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """(setting, before, after) of what differs, secrets masked; "" for not set."""
    shown = [dict(masked(dict(each))) for each in (before, after)]
    changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return tuple((key, shown[0].get(key, ""), shown[1].get(key, "")) for key in changed)
