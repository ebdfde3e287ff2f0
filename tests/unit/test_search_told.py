"""The search server's words and forms that are told by rule: YAML, inner hits in a query, a missing value without a field."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_embedded.search.api.yaml_text import written
from clickstream_embedded.search.errors import ShardError
from clickstream_embedded.search.queries import registry
from clickstream_embedded.search.unmapped import stand_in


def test_yaml_is_in_the_servers_style() -> None:
    body: dict[str, Any] = {
        "_id": "1", "@timestamp": None, "tags": ["a", 2], "sets": [{"name": "x", "reps": [1]}], "none": [], "o": {}, "f": 1.5,
        "ok": True, "in": {"deep": {"n": 1}},
    }  # fmt: skip
    assert written(body).splitlines() == [
        "---", '_id: "1"', "'@timestamp': null", "tags:", '- "a"', "- 2", "sets:", '- name: "x"', "  reps:", "  - 1",
        "none: []", "o: {}", "f: 1.5", "ok: true", "in:", "  deep:", "    n: 1",
    ]  # fmt: skip


def test_inner_hits_are_told_with_the_query() -> None:
    query = registry.parse(
        {"nested": {"path": "rooms", "query": {"match_all": {}}, "inner_hits": {"size": 1, "sort": "a"}}}
    )
    assert query.shown["nested"]["inner_hits"] == {
        "ignore_unmapped": False, "from": 0, "size": 1, "version": False, "seq_no_primary_term": False, "explain": False,
        "track_scores": False, "sort": [{"a": {"order": "asc"}}],
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "missing", "kept"), [
    ("long", 7, 7), ("long", "8", 8), ("long", 1.7, 1), ("double", 1.5, 1.5), ("keyword", "z", "z"), ("keyword", 5, "5"),
])  # fmt: skip
def test_a_missing_value_stands_for_a_field_that_no_index_has(kind: str, missing: Any, kept: Any) -> None:
    assert stand_in(kind, missing) == kept


@pytest.mark.parametrize(("kind", "missing", "told"), [("date", "2020-01-01", "2020-01-01"), ("boolean", True, "true")])
def test_a_missing_value_that_is_no_number_is_refused(kind: str, missing: Any, told: str) -> None:
    with pytest.raises(ShardError, match=f'For input string: "{told}"'):
        stand_in(kind, missing)
