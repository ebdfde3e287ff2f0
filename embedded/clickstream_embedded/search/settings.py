"""The settings of an index: which there are, what they may be, and how they are written."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

from clickstream_embedded.search import analyzers, durations, setting_names
from clickstream_embedded.search.analyzers import Analyzer
from clickstream_embedded.search.errors import SearchError, illegal

Settings = dict[str, Any]  # flat names, as `index.number_of_replicas`

_WHOLE, _TRUTH, _TIME, _TEXT = "whole", "truth", "time", "text"
# name: (type, least, whether it can change on an open index); Elasticsearch's reference "Index modules".
# What would change an answer and is not honoured here is not in the list, and so refused as an unknown setting.
KNOWN: dict[str, tuple[str, int, bool]] = {
    "index.number_of_shards": (_WHOLE, 1, False), "index.number_of_replicas": (_WHOLE, 0, True),
    "index.max_result_window": (_WHOLE, 1, True), "index.mapping.total_fields.limit": (_WHOLE, 0, True),
    "index.mapping.depth.limit": (_WHOLE, 1, True), "index.refresh_interval": (_TIME, -1, True),
    **{f"index.blocks.{name}": (_TRUTH, 0, True) for name in ("write", "read_only", "read", "metadata", "read_only_allow_delete")},
    "index.auto_expand_replicas": (_TEXT, 0, True), "index.codec": (_TEXT, 0, False),
    "index.translog.durability": (_TEXT, 0, True), "index.translog.sync_interval": (_TIME, 100, True),
    "index.translog.flush_threshold_size": (_TEXT, 0, True), "index.merge.scheduler.max_thread_count": (_WHOLE, 1, True),
    "index.max_terms_count": (_WHOLE, 1, True), "index.max_inner_result_window": (_WHOLE, 1, True),
    "index.unassigned.node_left.delayed_timeout": (_TIME, 0, True), "index.priority": (_WHOLE, 0, True),
    "index.number_of_routing_shards": (_WHOLE, 1, False), "index.gc_deletes": (_TIME, -1, True),
    "index.search.idle.after": (_TIME, 0, True), "index.default_pipeline": (_TEXT, 0, True), "index.requests.cache.enable": (_TRUTH, 0, True),
}  # fmt: skip


# groups of settings that change no answer here: how much is logged, how segments are merged, where shards go
_HARMLESS = ("index.search.slowlog.", "index.indexing.slowlog.", "index.merge.", "index.routing.allocation.", "index.translog.",
             "index.soft_deletes.", "index.warmer.", "index.allocation.")  # fmt: skip


def rule_of(name: str) -> tuple[str, int, bool] | None:
    """(type, least, whether it can change on an open index) of a setting; None where there is none."""
    known = KNOWN.get(name)
    if known is None and name.startswith(_HARMLESS):
        known = _TEXT, 0, not name.startswith("index.soft_deletes.enabled")
    return known


MOST = {"index.number_of_shards": 1024}


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
    kind, least, _ = rule_of(name) or (_TEXT, 0, True)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if kind == _WHOLE:
        if not re.fullmatch(r"-?\d{1,9}", text):
            cause = {"type": "number_format_exception", "reason": f'For input string: "{text}"'}
            raise illegal(f"Failed to parse value [{text}] for setting [{name}]", caused_by=cause)
        if int(text) < least:
            raise illegal(f"Failed to parse value [{text}] for setting [{name}] must be >= {least}")
        if int(text) > MOST.get(name, 2**31):
            raise illegal(f"Failed to parse value [{text}] for setting [{name}] must be <= {MOST[name]}")
    elif kind == _TRUTH and text not in ("true", "false"):
        raise illegal(f"Failed to parse value [{text}] as only [true] or [false] are allowed.")
    elif kind == _TIME and durations.millis(text, name) < least:
        shown = f"{least}ms" if least > 0 else str(least)
        raise illegal(f"failed to parse value [{text}] for setting [{name}], must be >= [{shown}]")
    return text


def checked(body: Any) -> Settings:
    """Settings of a new index or a template. Raises SearchError."""
    found: Settings = {}
    for name, value in flat(body).items():
        if name.startswith("index.analysis."):
            found[name] = (
                [str(each) for each in value]
                if isinstance(value, list)
                else str(value).lower()
                if isinstance(value, bool)
                else str(value)
            )
            continue
        if rule_of(name) is None:
            raise illegal(setting_names.unknown(name))
        if value is not None:
            found[name] = _checked(name, value)
    analyzers_of(found)
    return found


def analyzers_of(settings: Settings) -> tuple[dict[str, Analyzer], set[str]]:
    """The analyzers and the normalizers that settings define. Raises SearchError."""
    defined = nested({name: each for name, each in settings.items() if name.startswith("index.analysis.")})
    try:
        return analyzers.read(defined.get("index", {}).get("analysis", {}))
    except analyzers.AnalyzerError as error:
        raise illegal(str(error)) from None


_FINAL = ("index.number_of_shards", "index.routing_partition_size", "index.number_of_routing_shards")


def changed(index: str, uuid: str, old: Settings, body: Any, *, keep: bool = False, closed: bool = False) -> Settings:
    """The settings after an update; with `keep` those that are there stay.

    Raises SearchError for one that cannot change, or not on an open index.
    """
    given = flat(body)
    new = checked(body)
    fixed = [name for name in given if not (rule_of(name) or (_TEXT, 0, False))[2]]
    if closed:
        final = [name for name in fixed if name in _FINAL]
        if final:
            raise illegal(f"final {index} setting [{final[0]}], not updateable")
        fixed = []
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


# what each block of an index stops (IndexMetaData's ClusterBlocks), and how it is told
_BLOCKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "read_only": ("FORBIDDEN/5/index read-only (api)", ("write", "metadata_write", "delete")),
    "read": ("FORBIDDEN/7/index read (api)", ("read",)), "write": ("FORBIDDEN/8/index write (api)", ("write",)),
    "metadata": ("FORBIDDEN/9/index metadata (api)", ("metadata_write", "metadata_read", "delete")),
    "read_only_allow_delete": ("FORBIDDEN/12/index read-only / allow delete (api)", ("write", "metadata_write")),
}  # fmt: skip


def check_blocks(index: str, settings: Settings, level: str) -> None:
    """Raises SearchError where what is wanted of the index (`write`, `read`, `metadata_write`, `delete`, ...) is blocked."""
    words = [told for name, (told, stopped) in _BLOCKS.items()
             if level in stopped and settings.get(f"index.blocks.{name}") == "true"]  # fmt: skip
    if words:
        raise SearchError(403, "cluster_block_exception", f"index [{index}] blocked by: [{'];['.join(words)}];")


def may_make(cluster: dict[str, dict[str, str]], name: str) -> bool:
    """Whether a write makes the index that is not there (`action.auto_create_index` of the cluster's settings)."""
    key = "action.auto_create_index"
    given = cluster["transient"].get(key) or cluster["persistent"].get(key, "true")
    if given in ("true", "false"):
        return given == "true"
    for each in given.split(","):  # the first pattern that fits counts
        if fnmatch.fnmatchcase(name, each.strip().lstrip("+-")):
            return not each.strip().startswith("-")
    return False


def unblocks(body: Any) -> bool:
    """Whether a change of settings is one of a block alone: which a block does not stop."""
    given = flat(body)
    names = {"index.blocks.read_only", "index.blocks.metadata", "index.blocks.read_only_allow_delete"}
    return len(given) == 1 and bool(names & {*given})
