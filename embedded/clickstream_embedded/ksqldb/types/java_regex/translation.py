"""A Java pattern to one of the `regex` library (version 1), token by token; what has no counterpart is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from clickstream_embedded.ksqldb.types.java_regex.properties import LETTERS, LINE_ENDS, UNICODE_LETTERS, named

_WORD = r"[\p{L}\p{Nd}_]"
_SPECIAL = frozenset("\\.[]{}()*+-?^$|&~#\"'/ ")
_FLAGS = "idmsuxU"
_END = r"(?=(?:(?<!\r)\n|\r\n?|[\x85\u2028\u2029])?\Z)"


@dataclass(frozen=True, slots=True)
class _Flags:
    """Those of a group, from a place on."""

    fold: bool = False
    unix: bool = False
    lines: bool = False
    dot_all: bool = False
    comments: bool = False
    unicode: bool = False  # what `fold` takes for the same: without it ASCII's letters only
    wide: bool = False  # classes by Unicode's properties

    @property
    def folds_all(self) -> bool:
        return self.fold and (self.unicode or self.wide)

    @property
    def folds_ascii(self) -> bool:
        return self.fold and not self.folds_all


_NAMES = {
    "i": "fold", "d": "unix", "m": "lines", "s": "dot_all", "x": "comments", "u": "unicode", "U": "wide",
}  # fmt: skip


def _escaped(character: str) -> str:
    return "\\" + character if character in _SPECIAL else character


def _literal(character: str, flags: _Flags) -> str:
    """A character outside of a set."""
    if flags.folds_ascii and character.isascii() and character.isalpha():
        return f"[{character.lower()}{character.upper()}]"
    return _escaped(character)


def _folded(first: str, last: str) -> str:
    """The letters that ASCII has beside those from `first` to `last`, in the other case, for a set."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join(
        (letter if not first <= letter <= last else "")
        + (letter.upper() if not first <= letter.upper() <= last else "")
        for letter in letters
        if first <= letter <= last or first <= letter.upper() <= last
    )


class Translator:
    """One pattern; `error` builds the exceptions."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._groups = 0
        self._names: set[str] = set()
        self._quantifiable = False

    def error(self, what: str) -> ValueError:
        return ValueError(f"{what} near index {self._at}\n{self._text}")

    def translate(self) -> str:
        """Raises ValueError."""
        found = self._alternatives(_Flags())
        if self._at < len(self._text):
            raise self.error("Unmatched closing ')'")
        return found

    # -- reading -----------------------------------------------------------------------------------------------

    def _peek(self, size: int = 1) -> str:
        return self._text[self._at : self._at + size]

    def _take(self, size: int = 1) -> str:
        taken = self._peek(size)
        if len(taken) < size:
            raise self.error("Unexpected end of the pattern")
        self._at += size
        return taken

    def _match(self, shape: str) -> re.Match[str] | None:
        found = re.compile(shape, re.ASCII).match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    # -- sequences ---------------------------------------------------------------------------------------------

    def _alternatives(self, flags: _Flags) -> str:
        out: list[str] = []
        self._quantifiable = False
        while self._at < len(self._text) and self._peek() != ")":
            piece, flags = self._piece(flags)
            out.append(piece)
        return "".join(out)

    def _piece(self, flags: _Flags) -> tuple[str, _Flags]:
        character = self._take()
        if flags.comments and character in " \t\n\x0b\f\r":
            return "", flags
        if flags.comments and character == "#":
            self._match(r"[^\n\r]*")
            return "", flags
        if character in "*+?{":
            return self._quantifier(character), flags
        if character == "(":
            return self._group(flags)
        self._quantifiable = True
        match character:
            case "|":
                self._quantifiable = False
                return "|", flags
            case ".":
                return self._dot(flags), flags
            case "^":
                return self._begin(flags), flags
            case "$":
                return self._finish(flags), flags
            case "[":
                return self._class(flags), flags
            case "\\":
                return self._escape(flags), flags
            case _:
                return _literal(character, flags), flags

    def _quantifier(self, character: str) -> str:
        if not self._quantifiable:
            raise self.error(f"Dangling meta character '{character}'")
        if character == "{":
            found = self._match(r"(\d+)(,(\d*))?\}")
            if found is None:
                raise self.error("Illegal repetition")
            if found[3] and int(found[1]) > int(found[3]):
                raise self.error("Illegal repetition range")
            character = "{" + found[0]
        self._quantifiable = False
        return character + (self._take() if self._peek() in ("?", "+") and self._peek() else "")

    def _dot(self, flags: _Flags) -> str:
        if flags.dot_all:
            return r"[\x00-\U0010ffff]"
        return r"[^\n]" if flags.unix else f"[^{LINE_ENDS}]"

    def _begin(self, flags: _Flags) -> str:
        if not flags.lines:
            return r"\A"
        return r"(?:\A|(?<=\n)(?!\Z))" if flags.unix else r"(?:\A|(?:(?<=[\n\x85\u2028\u2029])|(?<=\r)(?!\n))(?!\Z))"

    def _finish(self, flags: _Flags) -> str:
        if flags.unix:
            return r"(?=\n|\Z)" if flags.lines else r"(?=\n?\Z)"
        return r"(?:(?=[\r\x85\u2028\u2029]|\Z)|(?<!\r)(?=\n))" if flags.lines else _END

    # -- groups ------------------------------------------------------------------------------------------------

    def _group(self, flags: _Flags) -> tuple[str, _Flags]:
        start = self._at - 1
        if self._peek() != "?":
            self._groups += 1
            return self._inner("(", flags, start), flags
        self._take()
        for opening in ("<=", "<!", ":", "=", "!", ">"):
            if self._peek(len(opening)) == opening:
                self._at += len(opening)
                return self._inner(f"(?{opening}", flags, start), flags
        found = self._match(r"<([a-zA-Z][a-zA-Z0-9]*)>")
        if found:
            if found[1] in self._names:
                raise self.error(f"Named capturing group <{found[1]}> is already defined")
            self._names.add(found[1])
            self._groups += 1
            return self._inner(f"(?P<{found[1]}>", flags, start), flags
        found = self._match(rf"([{_FLAGS}]*)(?:-([{_FLAGS}]*))?([:)])")
        if found is None:
            raise self.error("Unknown inline modifier or group type")
        changes = {_NAMES[c]: True for c in found[1] if c in _NAMES} | {
            _NAMES[c]: False for c in found[2] or "" if c in _NAMES
        }
        changed = replace(flags, **changes)
        switch = "" if changed.folds_all == flags.folds_all else "(?i)" if changed.folds_all else "(?-i)"
        if found[3] == ":":
            return self._inner("(?:" + switch, changed, start), flags
        self._quantifiable = False
        return switch, changed

    def _inner(self, opening: str, flags: _Flags, start: int) -> str:
        body = self._alternatives(flags)
        if self._peek() != ")":
            self._at = start
            raise self.error("Unclosed group")
        self._take()
        self._quantifiable = True
        return f"{opening}{body})"

    # -- escapes -----------------------------------------------------------------------------------------------

    def _escape(self, flags: _Flags) -> str:
        letter = self._take()
        if letter == "Q":
            return self._quoted(flags)
        if letter in "123456789":
            return self._reference(letter, flags)
        if letter == "k":
            found = self._match(r"<([a-zA-Z][a-zA-Z0-9]*)>")
            if found is None or found[1] not in self._names:
                raise self.error("\\k is not followed by '<' for named capturing group")
            return f"(?i:(?P={found[1]}))" if flags.folds_ascii else f"(?P={found[1]})"
        word = f"[{UNICODE_LETTERS['w']}]" if flags.wide else _WORD
        fixed = {
            "A": r"\A", "G": r"\G", "z": r"\Z", "Z": r"(?=\n?\Z)" if flags.unix else _END,
            "b": rf"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))",
            "B": rf"(?:(?<={word})(?={word})|(?<!{word})(?!{word}))",
            "R": r"(?:\r\n|[\n\x0b\f\r\x85\u2028\u2029])", "X": r"\X",
        }.get(letter)  # fmt: skip
        if fixed is not None:
            return fixed
        members = self._members(letter, flags)
        return f"[{members}]" if members is not None else _literal(self._character(letter), flags)

    def _members(self, letter: str, flags: _Flags) -> str | None:
        """What a class such as `\\d` or `\\p{L}` is within a set; None for an escaped character."""
        if letter.lower() in LETTERS:
            inside = (UNICODE_LETTERS if flags.wide else LETTERS)[letter.lower()]
            return inside if letter.islower() else f"[^{inside}]"
        if letter in "pP":
            found = self._match(r"\{([^}]*)\}")
            inside = named(found[1] if found else self._take(), wide=flags.wide)
            return inside if letter == "p" else f"[^{inside}]"
        return None

    def _character(self, letter: str) -> str:
        """The character that an escape stands for."""
        simple = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
        if letter in simple:
            return simple[letter]
        if letter == "0":
            found = self._match(r"[0-3][0-7]{2}|[0-7]{1,2}")
            return chr(int(self._need(found, "Illegal octal escape sequence")[0], 8))
        if letter == "x":
            found = self._need(
                self._match(r"([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\}"), "Illegal hexadecimal escape sequence"
            )
            code = int(found[1] or found[2], 16)
            if code > 0x10FFFF:
                raise self.error("Hexadecimal codepoint is too big")
            return chr(code)
        if letter == "u":
            return self._unicode()
        if letter == "c":
            return chr(ord(self._take()) ^ 64)
        if letter == "N":
            found = self._need(self._match(r"\{([^}]+)\}"), "Illegal character name escape sequence")
            try:
                return unicodedata.lookup(found[1])
            except KeyError:
                raise self.error(f"Unknown character name [{found[1]}]") from None
        if letter.isascii() and letter.isalpha():
            raise self.error("Illegal/unsupported escape sequence")
        return letter

    def _unicode(self) -> str:
        shape = r"([0-9A-Fa-f]{4})"
        code = int(self._need(self._match(shape), "Illegal Unicode escape sequence")[1], 16)
        if 0xD800 <= code < 0xDC00:
            low = self._match(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
            if low:
                return chr(0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00)
        return chr(code)

    def _need(self, found: re.Match[str] | None, what: str) -> re.Match[str]:
        if found is None:
            raise self.error(what)
        return found

    def _quoted(self, flags: _Flags, *, in_set: bool = False) -> str:
        end = self._text.find("\\E", self._at)
        stop = len(self._text) if end < 0 else end
        literal = self._text[self._at : stop]
        self._at = stop if end < 0 else end + 2
        self._quantifiable = bool(literal)
        if in_set:
            return "".join(_escaped(each) + (_folded(each, each) if flags.folds_ascii else "") for each in literal)
        return "".join(_literal(each, flags) for each in literal)

    def _reference(self, digit: str, flags: _Flags) -> str:
        number = int(digit)
        while self._peek() in tuple("0123456789") and number * 10 + int(self._peek()) <= self._groups:
            number = number * 10 + int(self._take())
        return rf"(?{'i' if flags.folds_ascii else ''}:\{number})" if number <= self._groups else r"(?!)"

    # -- classes -----------------------------------------------------------------------------------------------

    def _class(self, flags: _Flags) -> str:
        """What stands behind a `[`, as a set."""
        start = self._at - 1
        negated = self._peek() == "^"
        if negated:
            self._take()
        operands: list[str] = []
        parts: list[str] = []
        first = True
        while True:
            if self._at >= len(self._text):
                self._at = start
                raise self.error("Unclosed character class")
            character = self._take()
            if character == "]" and not first:
                break
            first = False
            if character == "[":
                parts.append(self._class(flags))
            elif character == "&" and self._peek() == "&":
                self._match("&+")
                operands.append("".join(parts))
                parts = []
            else:
                parts.append(self._range(character, flags))
        operands.append("".join(parts))
        sets = [f"[{operand}]" for operand in operands if operand]
        inside = operands[0] if len(operands) == 1 else "&&".join(sets)
        return f"[{'^' if negated else ''}{inside}]"

    def _range(self, character: str, flags: _Flags) -> str:
        if character == "\\":
            letter = self._take()
            if letter == "Q":
                return self._quoted(flags, in_set=True)
            members = self._members(letter, flags)
            if members is not None:
                return members
            character = self._character(letter)
        last = character
        if self._peek() == "-" and self._peek(2) not in ("-]", "-[", "-"):
            self._take()
            last = self._take()
            if last == "\\":
                last = self._character(self._take())
            if ord(last) < ord(character):
                raise self.error("Illegal character range")
        more = _folded(character, last) if flags.folds_ascii else ""
        return more + (_escaped(character) if last == character else f"{_escaped(character)}-{_escaped(last)}")
