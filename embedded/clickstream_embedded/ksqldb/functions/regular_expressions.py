"""Functions of regular expressions."""

from __future__ import annotations

import re

from clickstream_embedded.ksqldb.functions.registry import (
    scalar,
)


@scalar(
    "REGEXP_EXTRACT(STRING, STRING) -> STRING",
    "REGEXP_EXTRACT(STRING, STRING, INTEGER) -> STRING",
    category="REGULAR EXPRESSION",
)
def regexp_extract(pattern: str, text: str, group: int = 0) -> str | None:
    """The first match, or one of its groups."""
    match = re.search(pattern, text)
    return match.group(group) if match and group <= (match.re.groups) else None


@scalar(
    "REGEXP_EXTRACT_ALL(STRING, STRING) -> ARRAY<STRING>",
    "REGEXP_EXTRACT_ALL(STRING, STRING, INTEGER) -> ARRAY<STRING>",
    category="REGULAR EXPRESSION",
)
def regexp_extract_all(pattern: str, text: str, group: int = 0) -> list[str] | None:
    """All matches, or one group of each."""
    matches = list(re.finditer(pattern, text))
    return None if matches and group > matches[0].re.groups else [match.group(group) for match in matches]


@scalar("REGEXP_REPLACE(STRING, STRING, STRING) -> STRING", category="REGULAR EXPRESSION")
def regexp_replace(text: str, pattern: str, new: str) -> str:
    """Each match replaced."""
    return re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", new), text)


@scalar("REGEXP_SPLIT_TO_ARRAY(STRING, STRING) -> ARRAY<STRING>", category="REGULAR EXPRESSION")
def regexp_split(text: str, pattern: str) -> list[str]:
    """The parts between matches."""
    if not pattern:
        return list(text)
    parts, begin = [], 0
    for match in re.finditer(pattern, text):  # re.split would put the groups of the pattern among the parts
        parts.append(text[begin : match.start()])
        begin = match.end()
    return [*parts, text[begin:]]
