"""Bodies as JSON, read as the server's parser reads them: a key twice is refused, and errors are in its words.

The fast reader does the work; the slow one is asked where a body is no JSON, or may have a key twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import orjson

from clickstream_embedded.search.errors import SearchError, ShardError, parsing
from clickstream_embedded.search.json_reader import Fault, Reader, Trailing, place_of
from clickstream_embedded.search.positions import placed

_KEY = re.compile(rb'"\s*:')


def read(raw: bytes, *, only: bool = True) -> Any:
    """The value of a body.

    Args:
        raw: the body, UTF-8.
        only: whether what follows the value is an error, as it is for a search.

    Raises:
        SearchError: no JSON, in Jackson's words, or a key twice in one object.
    """
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _slowly(raw, only)
    if isinstance(found, dict | list) and len(_KEY.findall(raw)) != _keys(found):
        return _slowly(raw, only)
    return found


def streamed(raw: bytes, check: Callable[[Any], object], *, only: bool = True) -> Any:
    """The value of a body whose form is checked while it is read: what its form lacks is told before what its text lacks.

    Raises:
        SearchError: as `read` and as `check` raise it.
    """
    try:
        return read(raw, only=only)
    except SearchError as error:
        if error.partial is not None:
            _early(raw, error.partial, check)
        raise


def _early(raw: bytes, partial: Any, check: Callable[[Any], object]) -> None:
    try:
        check(partial)
    except ShardError:
        return
    except SearchError as early:
        if not isinstance(partial, dict) or (early.at is not None and early.at[1] is not None):
            raise placed(early, raw, partial) from None


def _keys(value: Any) -> int:
    """How many keys there are in all objects within."""
    count, still = 0, [value]
    while still:
        each = still.pop()
        if isinstance(each, dict):
            count += len(each)
            still.extend(each.values())
        elif isinstance(each, list):
            still.extend(each)
    return count


def _slowly(raw: bytes, only: bool) -> Any:
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    reader = Reader(text)
    try:
        found = reader.value(0)
        if only:
            reader.end()
    except Trailing as error:
        line, column = place_of(text, error.at)
        raise parsing(f"Unexpected token [{error.token}] found after the main object.", line=line, col=column) from None
    except Fault as error:
        line, column = place_of(text, error.at - 1)
        column += 1
        if error.ended:
            line, column = place_of(text, len(text))
            column += error.ended * len(text)
        told = f"{error.reason}\n at [Source: (byte[]); line: {line}, column: {column}]"
        failed = SearchError(500, error.kind, told, partial=reader.root)
        failed.last = place_of(text, reader.last)
        raise failed from None
    _check_characters(text, found)
    return found


def _check_characters(text: str, found: Any) -> None:
    """Raises SearchError where the text or a string in it is no Unicode: half of a surrogate pair can be neither kept nor sent."""
    try:
        text.encode()
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        outside = error.object is text  # not in an escape
        line, column = place_of(text, error.start if outside else len(text))
        reason = (
            f"Invalid UTF-8 start byte 0x{ord(text[error.start]) & 0xFF:x}" if outside else "Incomplete surrogate pair"
        )
    else:
        return
    told = f"{reason}\n at [Source: (byte[]); line: {line}, column: {column + 1}]"
    raise SearchError(500, "json_parse_exception", told) from None
