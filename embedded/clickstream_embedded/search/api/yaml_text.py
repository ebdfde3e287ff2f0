"""Answers as YAML, which `format=yaml` asks for: in the style of the server's writer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

_SPECIAL = re.compile(r"[-?:,\[\]{}#&*!|>'\"%@`\s]|.*(?:: | #|:$)|$")


def written(value: Any) -> str:
    """The document. Texts are in double quotes, names in none where they need none."""
    return "\n".join(["---" + _inline(value), *_lines(value, ""), ""])


def _inline(value: Any) -> str:
    """What stands behind a name or a dash: a scalar, or nothing where lines follow."""
    if isinstance(value, dict | list):
        return "" if value else " {}" if isinstance(value, dict) else " []"
    return " " + orjson.dumps(value).decode()


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{indent}{_name(str(name))}:{_inline(each)}"
            # a list stands as far left as its name
            yield from _lines(each, indent if isinstance(each, list) else indent + "  ")
    elif isinstance(value, list):
        for each in value:
            inner = list(_lines(each, indent + "  "))
            if isinstance(each, dict) and each:
                yield f"{indent}- {inner[0].lstrip()}"
                yield from inner[1:]
            else:
                yield f"{indent}-{_inline(each)}"
                yield from inner


def _name(text: str) -> str:
    return f"'{text.replace(chr(39), chr(39) * 2)}'" if _SPECIAL.match(text) else text
