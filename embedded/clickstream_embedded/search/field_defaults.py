"""A field's definition with all its parameters, as `include_defaults` of a field mapping shows it."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search import kinds, times
from clickstream_embedded.search.mapping import NUMBERS

_ALL: dict[str, Any] = {
    "boost": 1.0, "index": True, "store": False, "doc_values": True, "term_vector": "no", "norms": False,
    "index_options": "positions", "eager_global_ordinals": False, "similarity": "BM25",
}  # fmt: skip
_DATED: dict[str, Any] = {"format": times.DEFAULT_FORMAT, "locale": ""}
_MALFORMED: dict[str, Any] = {"ignore_malformed": False, "null_value": None}
_OF: dict[str, dict[str, Any]] = {
    **{kind: {**_MALFORMED, "coerce": True} for kind in NUMBERS}, "date": {**_MALFORMED, **_DATED},
    "ip": {**_MALFORMED, "norms": True}, "geo_point": {**_MALFORMED, "norms": True, "ignore_z_value": True},
    "boolean": {"index_options": "docs", "null_value": None},
    "keyword": {"index_options": "docs", "null_value": None, "ignore_above": 2**31 - 1, "normalizer": None,
                "split_queries_on_whitespace": False},
    "text": {"doc_values": False, "norms": True, "position_increment_gap": -1, "fielddata": False},
    "binary": {"index": False, "doc_values": False, "norms": True},
    **{kind: {"coerce": True, **(_DATED if kind == "date_range" else {})} for kind in kinds.RANGES},
}  # fmt: skip


def with_defaults(rule: dict[str, Any]) -> dict[str, Any]:
    """The definition with what stands where it says nothing."""
    kind = str(rule["type"])
    if kind not in _OF:
        return rule
    found = {**_ALL, **_OF[kind], **rule}
    if kind == "text":
        used = str(rule.get("analyzer", "default"))
        found = {"analyzer": used, "search_analyzer": used, **found}
        found.setdefault("search_quote_analyzer", found["search_analyzer"])
    if found["index"] in (False, "false"):
        found.pop("index_options")
    return found
