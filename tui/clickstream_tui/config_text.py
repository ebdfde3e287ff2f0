"""A connector's configuration as a text that is edited: a line a setting, and a comment for each that could be set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from clickstream_pipeline.clients.connect_settings import MASK, PluginSetting, masked
from clickstream_widgets.coloured_editor import Span

_LAST = ("connector.class", "name")  # of what exists these are hardly ever changed, so they come last
_FIRST = ("name", "connector.class", "topics")
_LINE = re.compile(r"^(?P<hash>[ \t]*#)?[ \t]*(?P<key>[^=\s]+)=(?P<value>.*)$|^[ \t]*#.*$", re.MULTILINE)
OTHERS = "# What else it takes, with the defaults: take the # away to set one."


def _line(key: str, value: str) -> str:
    return f"{key}={value}".replace("\n", "\\n")


def written(config: Mapping[str, str]) -> str:
    """A configuration as lines of `key=value`, its secrets masked."""
    lines = sorted(masked(dict(config)), key=lambda pair: (pair[0] in _LAST, pair[0]))
    return "\n".join(_line(key, value) for key, value in lines)


def with_others(text: str, settings: Iterable[PluginSetting]) -> str:
    """The text, and below it each setting that it does not have, as a comment."""
    there = {match["key"] for match in _LINE.finditer(text) if match["key"]}
    others = [f"#{_line(each.name, each.default or '')}" for each in settings if each.name not in there]
    return "\n".join([text, "", OTHERS, *others]) if others else text


def template(class_name: str, kind: str, settings: Sequence[PluginSetting]) -> str:
    """What a new connector begins as: its class, and each setting that it cannot do without, to be filled in."""
    required = [each.name for each in settings if each.required]
    if kind == "sink" and "topics" not in required:  # or topics.regex: Connect asks for one of the two
        required.append("topics")
    keys = dict.fromkeys([*(key for key in _FIRST if key in required), *required])
    lines = [_line(key, class_name if key == "connector.class" else "") for key in {"name": None, **keys}]
    return with_others("\n".join(lines), settings)


def read(text: str, before: Mapping[str, str]) -> dict[str, str]:
    """The configuration that lines of `key=value` say.

    A masked secret that was left as it is keeps its value. A line without a value sets nothing, unless it was empty before: the
    plugin says what it misses only of what is not set at all.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and key.strip() and not key.lstrip().startswith("#"):
            name = key.strip()
            if not value.strip() and before.get(name) != "":
                continue
            found[name] = before[name] if value == MASK and name in before else value.replace("\\n", "\n")
    return found


def key_of(line: str) -> str:
    """The setting that a line is about, a comment's too; "" for none."""
    match = _LINE.match(line)
    return (match["key"] or "") if match else ""


def line_of(text: str, key: str) -> int | None:
    """The line, from 0, that sets a setting, else the comment that could; None where neither is there."""
    lines = text.split("\n")
    found = [number for number, line in enumerate(lines) if key_of(line) == key]
    return next((number for number in found if not lines[number].lstrip().startswith("#")), next(iter(found), None))


def colours(text: str, problems: Mapping[str, str]) -> Iterable[Span]:
    """Keys and comments; a key that the plugin has something against is marked."""
    for match in _LINE.finditer(text):
        key = match["key"]
        if key and not match["hash"]:
            yield Span(match.start("key"), match.end("key"), "problem" if key in problems else "keyword")
        else:
            yield Span(match.start(), match.end(), "comment")
