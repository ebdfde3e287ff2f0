"""Functions of regular expressions."""

from __future__ import annotations

from clickstream_embedded.ksqldb.functions.registry import REGEX, scalar
from clickstream_embedded.ksqldb.types.java_regex import matching


@scalar(
    "REGEXP_EXTRACT(STRING, STRING) -> STRING",
    "REGEXP_EXTRACT(STRING, STRING, INTEGER) -> STRING",
    category=REGEX,
)
def regexp_extract(pattern: str, text: str, group: int = 0) -> str | None:
    """The first match, or one of its groups."""
    if group > matching.compiled(pattern).groups:
        return None
    match = next(iter(matching.finds(pattern, text)), None)
    return None if match is None else match[_known(group)]


@scalar(
    "REGEXP_EXTRACT_ALL(STRING, STRING) -> ARRAY<STRING>",
    "REGEXP_EXTRACT_ALL(STRING, STRING, INTEGER) -> ARRAY<STRING>",
    category=REGEX,
)
def regexp_extract_all(pattern: str, text: str, group: int = 0) -> list[str | None] | None:
    """All matches, or one group of each."""
    if group > matching.compiled(pattern).groups:
        return None
    return [match[_known(group)] for match in matching.finds(pattern, text)]


def _known(group: int) -> int:
    if group < 0:
        raise IndexError(f"No group {group}")
    return group


@scalar("REGEXP_REPLACE(STRING, STRING, STRING) -> STRING", category=REGEX)
def regexp_replace(text: str, pattern: str, new: str) -> str:
    """Each match replaced."""
    return matching.replace_all(pattern, text, new)


@scalar("REGEXP_SPLIT_TO_ARRAY(STRING, STRING) -> ARRAY<STRING>", category=REGEX)
def regexp_split(text: str, pattern: str) -> list[str]:
    """The parts between matches."""
    return matching.split(pattern, text)
