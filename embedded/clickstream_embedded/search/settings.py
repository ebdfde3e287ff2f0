"""The settings of an index: which there are, what they may be, and how they are written."""

from __future__ import annotations

import re
from typing import Any

from clickstream_embedded.search.errors import SearchError, illegal

Settings = dict[str, str]  # flat names, as `index.number_of_replicas`

_WHOLE, _TRUTH, _TIME, _TEXT = "whole", "truth", "time", "text"
# name: (type, least, whether it can change on an open index); Elasticsearch's reference "Index modules".
# What would change an answer and is not honoured here is not in the list, and so refused as an unknown setting.
KNOWN: dict[str, tuple[str, int, bool]] = {
    "index.number_of_shards": (_WHOLE, 1, False), "index.number_of_replicas": (_WHOLE, 0, True),
    "index.max_result_window": (_WHOLE, 1, True), "index.mapping.total_fields.limit": (_WHOLE, 0, True),
    "index.mapping.depth.limit": (_WHOLE, 1, True), "index.refresh_interval": (_TIME, -1, True),
    "index.blocks.write": (_TRUTH, 0, True), "index.blocks.read_only": (_TRUTH, 0, True),
    "index.auto_expand_replicas": (_TEXT, 0, True), "index.codec": (_TEXT, 0, False),
    "index.translog.durability": (_TEXT, 0, True), "index.translog.sync_interval": (_TIME, 100, True),
    "index.translog.flush_threshold_size": (_TEXT, 0, True), "index.merge.scheduler.max_thread_count": (_WHOLE, 1, True),
    "index.max_terms_count": (_WHOLE, 1, True), "index.max_inner_result_window": (_WHOLE, 1, True),
    "index.unassigned.node_left.delayed_timeout": (_TIME, 0, True), "index.priority": (_WHOLE, 0, True),
    "index.number_of_routing_shards": (_WHOLE, 1, False), "index.gc_deletes": (_TIME, -1, True),
    "index.search.idle.after": (_TIME, 0, True), "index.requests.cache.enable": (_TRUTH, 0, True),
}  # fmt: skip


# an analyzer of one's own that is one of those there are; what else would make it is refused as unknown
_ANALYZER = re.compile(r"index\.analysis\.analyzer\.[^.]+\.type")
_BUILT_IN = ("standard", "simple", "whitespace", "stop", "keyword")


def flat(body: Any, prefix: str = "") -> dict[str, Any]:
    """Settings given as objects within each other, with whole names; all are of `index`."""
    found: dict[str, Any] = {}
    for name, value in (body or {}).items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            found |= flat(value, path + ".")
        else:
            found[path] = value
    if prefix:
        return found
    return {name if name.startswith("index.") else f"index.{name}": value for name, value in found.items()}


def _checked(name: str, value: Any) -> str:
    kind, least, _ = KNOWN[name]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if kind == _WHOLE:
        if not re.fullmatch(r"-?\d{1,9}", text):
            cause = {"type": "number_format_exception", "reason": f'For input string: "{text}"'}
            raise illegal(f"Failed to parse value [{text}] for setting [{name}]", caused_by=cause)
        if int(text) < least:
            raise illegal(f"Failed to parse value [{text}] for setting [{name}] must be >= {least}")
    elif kind == _TRUTH and text not in ("true", "false"):
        raise illegal(f"Failed to parse value [{text}] as only [true] or [false] are allowed.")
    elif kind == _TIME and not re.fullmatch(r"-1|0|\d+(?:nanos|micros|ms|s|m|h|d)", text):
        raise illegal(
            f"failed to parse setting [{name}] with value [{text}] as a time value: unit is missing or unrecognized"
        )
    return text


def checked(body: Any) -> Settings:
    """Settings of a new index or a template. Raises SearchError."""
    found: Settings = {}
    for name, value in flat(body).items():
        if _ANALYZER.fullmatch(name) and value in _BUILT_IN:
            found[name] = str(value)
            continue
        if name not in KNOWN:
            raise illegal(f"unknown setting [{name}] please check that any required plugins are installed, "
                          "or check the breaking changes documentation for removed settings")  # fmt: skip
        if value is not None:
            found[name] = _checked(name, value)
    return found


def changed(index: str, uuid: str, old: Settings, body: Any, *, keep: bool = False) -> Settings:
    """The settings after an update; with `keep` those that are there stay. Raises SearchError for one that cannot change on an open index."""
    given = flat(body)
    new = checked(body)
    fixed = [name for name in given if name not in KNOWN or not KNOWN[name][2]]
    if fixed:
        raise illegal(f"Can't update non dynamic settings [[{', '.join(fixed)}]] for open indices [[{index}/{uuid}]]")
    if keep:
        there = {"index.number_of_replicas", "index.number_of_shards", *old}  # these two each index has
        return {**old, **{name: value for name, value in new.items() if name not in there}}
    return {**{name: value for name, value in old.items() if name not in given}, **new}


def nested(settings: Settings) -> dict[str, Any]:
    """Settings as they are shown: objects within each other."""
    shown: dict[str, Any] = {}
    for name, value in sorted(settings.items()):
        *path, last = name.split(".")
        place = shown
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return shown


def number(settings: Settings, name: str, default: int) -> int:
    return int(settings.get(name, default))


def check_writable(index: str, settings: Settings) -> None:
    """Raises SearchError where writes are blocked."""
    for name, words in (("read_only", "FORBIDDEN/5/index read-only (api)"), ("write", "FORBIDDEN/8/index write (api)")):
        if settings.get(f"index.blocks.{name}") == "true":
            reason = f"index [{index}] blocked by: [{words}];"
            raise SearchError(403, "cluster_block_exception", reason)
