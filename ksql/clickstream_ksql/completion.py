"""What may come next in a statement: from the grammar's own tables, and from the names that the server knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from clickstream_ksql.keywords import KEYWORDS, RESERVED
from clickstream_ksql.splitter import split

# after these a stream or table is named
_NAMING = {"FROM", "JOIN", "INTO", "DESCRIBE", "EXTENDED", "STREAM", "TABLE", "EXISTS", "PRINT"}
_WORD = re.compile(r"`[^`]*\Z|[A-Za-z_@][\w@]*\Z")
_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Names:
    """What the server knows: sources, the columns of each, functions and topics."""

    sources: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` stands in place of the last `replaces` characters before the cursor. `kind` is keyword, source, column or
    function."""

    text: str
    kind: str
    replaces: int


def complete(text: str, cursor: int, names: Names) -> list[Suggestion]:
    """Suggestions at `cursor` (a character index), names before keywords; none inside a text or a comment."""
    before = text[:cursor]
    pieces = split(before)
    start = before if not pieces else before[pieces[-1].stop :] if pieces[-1].terminated else before[pieces[-1].start :]
    if start.count("'") % 2 or re.search(r"--[^\n]*\Z", start):
        return []
    found = _WORD.search(start)
    prefix = found.group() if found else ""
    from clickstream_ksql import lalr  # loaded by the first completion, not with the console

    accepted = lalr.accepted(start[: len(start) - len(prefix)])
    if accepted is None:
        return []
    wanted = prefix.strip("`").upper()
    suggestions: list[Suggestion] = []
    is_name = bool(accepted & {"IDENTIFIER", "BACKQUOTED_IDENTIFIER"})
    if is_name:
        last = re.findall(r"[A-Za-z_]+", start[: len(start) - len(prefix)])[-1:] or [""]
        if last[0].upper() in _NAMING:
            suggestions += [Suggestion(_written(name), "source", len(prefix)) for name in names.sources]
        else:
            suggestions += [Suggestion(_written(name), "column", len(prefix)) for name in _columns(text, names)]
            suggestions += [Suggestion(f"{name}(", "function", len(prefix)) for name in names.functions]
    # a word that is not reserved is a name as well: only where no name can stand does it say something
    words = accepted & (RESERVED if is_name else KEYWORDS)
    suggestions += [Suggestion(word, "keyword", len(prefix)) for word in sorted(words)]
    fitting = [each for each in suggestions if each.text.strip("`").upper().startswith(wanted)]
    return [each for each in fitting if each.text.upper() != prefix.upper()][:_LIMIT]


def _columns(text: str, names: Names) -> list[str]:
    """The columns of the sources that the text names; of all where it names none."""
    words = {word.upper() for word in re.findall(r"[A-Za-z_]\w*", text)}
    chosen = [source for source in names.columns if source.upper() in words] or list(names.columns)
    return list(dict.fromkeys(column for source in chosen for column in names.columns[source]))


def _written(name: str) -> str:
    """A name as it has to be written: quoted unless it is in capitals and no keyword."""
    return name if re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) and name not in RESERVED else f"`{name}`"
