"""The parser's tables, made once and kept beside the grammar.

Lark takes one to two seconds of processor time to make them, and a tenth of that to read them. Its own cache is a pickle, which
runs whatever it is told to; this one is plain data in the package's folder, so whoever could change it could change the code
as well. The build of a wheel and an editable install make it (`hatch_build.py`); where the grammar has changed since, or
there is none, the first process that parses makes it, if it may write there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import lark
import msgspec
from lark.grammar import Rule
from lark.lexer import TerminalDef

FILE = Path(__file__).with_name("grammar.tables")
_SIZE = hashlib.blake2b().digest_size
_MOST = 2**63 - 1  # MessagePack's integers end there; Lark's "any width" is more


def load(grammar: str, file: Path = FILE) -> lark.Lark:
    """The parser of a grammar, from `file` where that was made of the same grammar by the same Lark.

    Args:
        grammar: The text in Lark's language.
        file: Where the tables are read from, and written to when they do not fit.

    Returns:
        A parser that equals a fresh one. A file that is absent, old, cut short or changed is as none.
    """
    stamp = _digest(f"{lark.__version__}\n{grammar}".encode())
    with contextlib.suppress(OSError):
        kept = file.read_bytes()
        tables = kept[2 * _SIZE :]
        if kept[:_SIZE] == stamp and kept[_SIZE : 2 * _SIZE] == _digest(tables):
            return _restored(msgspec.msgpack.decode(tables, strict=False))
    parser = lark.Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False, propagate_positions=False)
    tables = msgspec.msgpack.encode(_plain(parser.memo_serialize([TerminalDef, Rule])))
    with contextlib.suppress(OSError):  # a package folder that only root may write: made anew each time
        _write(file, stamp + _digest(tables) + tables)
    return parser


def _restored(tables: Any) -> lark.Lark:
    data, memo = tables
    parser: Any = lark.Lark.__new__(lark.Lark)
    return parser._load({"data": data, "memo": memo})


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data).digest()


def _plain(value: Any) -> Any:
    """Lark's tables with its boundless widths as the largest number there is."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return min(value, _MOST) if type(value) is int else value


def _write(file: Path, data: bytes) -> None:
    """All of it or nothing, also with several processes at once."""
    handle, name = tempfile.mkstemp(prefix=file.name, dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
