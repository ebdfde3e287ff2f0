"""The slow reader of JSON: in Jackson's words where a text is none, as Elasticsearch answers with them.

Source of the rules: Jackson 2.8's UTF8StreamJsonParser with what Elasticsearch 7.5 sets of it (comments are passed over, a key
twice in one object is refused), seen on Elasticsearch 7.5.2.
"""

from __future__ import annotations

import re
from typing import Any

_SPACE = re.compile(r"(?:[ \t\r\n]|//[^\n]*\n?|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[\w$ÿ]+")
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_IN_VALUE, _AT_ROOT = "was expecting 'null', 'true', 'false' or NaN", "was expecting ('true', 'false' or 'null')"
_AT_VALUE = "expected a valid value (number, String, array, object, 'true', 'false' or 'null')"
DEEPEST = 200  # objects and arrays within each other that are read where a body is no JSON


class Fault(Exception):
    """What is wrong, and behind which place in the text, from 0.

    `ended` is how often the reader asked for more of a text that is over: each time, it counts the text once more.
    """

    def __init__(self, reason: str, at: int, *, ended: int = 0, kind: str = "") -> None:
        super().__init__(reason)
        self.reason, self.at, self.ended = reason, at, ended
        self.kind = kind or ("json_e_o_f_exception" if ended else "json_parse_exception")


class Trailing(Exception):
    """Something that follows a whole value: its token, and where it begins."""

    def __init__(self, token: str, at: int) -> None:
        super().__init__(token)
        self.token, self.at = token, at


def place_of(text: str, at: int) -> tuple[int, int]:
    """(line, column), both from 1, of a place in a text."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _shown(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        code -= 0xDC00
        letter = chr(code)
    return (
        f"(CTRL-CHAR, code {code})"
        if code < 32
        else f"'{letter}' (code {code}{f' / 0x{code:x}' if code > 255 else ''})"
    )


class Reader:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[tuple[str, int]] = []
        self._was_number = False
        self.root: Any = None  # what was read before an error, objects that are not at their end among it
        self.last = 0  # where the last token begins
        self._into: tuple[Any, Any] | None = None

    def value(self, depth: int) -> Any:
        """The next value."""
        letter = self._next()
        self._was_number = False
        if depth > DEEPEST:
            raise Fault("the body is nested too deeply", self._at)
        if letter == "{":
            return self._object(depth)
        if letter == "[":
            return self._array(depth)
        if letter == '"':
            return self._string()
        if letter in "+-0123456789":
            return self._number()
        return self._word(letter)

    def end(self) -> None:
        """Raises where something follows."""
        self._skip()
        if self._at >= len(self._text):
            return
        start = self._at
        letter = self._text[start]
        if letter in "}]":
            opposite = "]" if letter == "}" else "}"
            raise Fault(f"Unexpected close marker '{letter}': expected '{opposite}' (for root starting at [Source: (byte[]); line: 1, "
                         "column: 0])", start + 1)  # fmt: skip
        found = self.value(0) if letter not in "{[" else None
        token = {"{": "START_OBJECT", "[": "START_ARRAY", '"': "VALUE_STRING"}.get(letter)
        if token is None:
            token = "VALUE_NULL" if found is None else "VALUE_BOOLEAN" if isinstance(found, bool) else "VALUE_NUMBER"
        raise Trailing(token, start)

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _next(self) -> str:
        self._skip()
        if self._at < len(self._text):
            return self._text[self._at]
        if not self._open:
            raise Fault("Unexpected end-of-input", self._at, ended=1)
        kind, start = self._open[-1]
        line, column = place_of(self._text, start)
        raise Fault(f"Unexpected end-of-input: expected close marker for {kind} (start marker at [Source: (byte[]); line: {line}, "
                     f"column: {column}])", self._at, ended=1 + self._was_number)  # fmt: skip

    def _within(self, kind: str = "") -> str:
        """The next letter where the text must not end between two tokens."""
        self._skip()
        if self._at >= len(self._text):
            raise Fault(
                f"Unexpected end-of-input within/between {self._open[-1][0]} entries", self._at, ended=1, kind=kind
            )
        return self._text[self._at]

    def _unexpected(self, wanted: str) -> Fault:
        return Fault(f"Unexpected character ({_shown(self._text[self._at])}): {wanted}", self._at + 1)

    def _begin(self, made: Any) -> None:
        """An object or an array is there from its first token on."""
        self.last = self._at
        if self.root is None:
            self.root = made
        elif self._into is not None:
            container, key = self._into
            if isinstance(container, list):
                container.append(made)
            else:
                container[key] = made

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._begin(found)
        self._open.append(("Object", self._at))
        self._at += 1
        while True:
            letter = self._next() if not found else self._within("json_parse_exception")
            if letter == "}" and not found:
                break
            if letter != '"':
                raise self._unexpected("was expecting double-quote to start field name")
            name = self._string("field name")
            if name in found:
                raise Fault(f"Duplicate field '{name}'", self._at)
            if self._within() != ":":
                raise self._unexpected("was expecting a colon to separate field name and value")
            self._at += 1
            self._within()
            self._into = (found, name)
            found[name] = self.value(depth + 1)
            letter = self._next()
            if letter == "}":
                break
            if letter == "]":
                raise self._close("]", "}")
            if letter != ",":
                raise self._unexpected("was expecting comma to separate Object entries")
            self._at += 1
        self._open.pop()
        self._at += 1
        return found

    def _array(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self._begin(found)
        self._open.append(("Array", self._at))
        self._at += 1
        while True:
            letter = self._next() if not found else self._within("json_parse_exception")
            if letter == "]" and not found:
                break
            self._into = (found, len(found))
            item = self.value(depth + 1)
            if not found or found[-1] is not item or not isinstance(item, dict | list):
                found.append(item)
            letter = self._next()
            if letter == "]":
                break
            if letter == "}":
                raise self._close("}", "]")
            if letter != ",":
                raise self._unexpected("was expecting comma to separate Array entries")
            self._at += 1
        self._open.pop()
        self._at += 1
        return found

    def _close(self, letter: str, wanted: str) -> Fault:
        kind, start = self._open[-1]
        line, column = place_of(self._text, start)
        return Fault(f"Unexpected close marker '{letter}': expected '{wanted}' (for {kind} starting at [Source: (byte[]); line: {line}, "
                      f"column: {column}])", self._at + 1)  # fmt: skip

    def _string(self, what: str = "VALUE_STRING") -> str:
        out: list[str] = []
        at = self._at + 1
        text = self._text
        while True:
            if at >= len(text):
                raise Fault(f"Unexpected end-of-input in {what}", at, ended=1)
            letter = text[at]
            if letter == '"':
                self.last, self._at = self._at, at + 1
                return "".join(out)
            if letter < " ":
                raise Fault(f"Illegal unquoted character ({_shown(letter)}): has to be escaped using backslash to be included in string "
                             "value", at + 1)  # fmt: skip
            if letter != "\\":
                out.append(letter)
                at += 1
                continue
            letter = text[at + 1 : at + 2]
            if letter == "u":
                digits = text[at + 2 : at + 6]
                odd = next((place for place, each in enumerate(digits) if each not in "0123456789abcdefABCDEF"), None)
                if odd is not None or len(digits) < 4:
                    place = min(at + 2 + (odd or 0), len(text) - 1)
                    raise Fault(f"Unexpected character ({_shown(text[place])}): expected a hex-digit for character escape sequence",
                                 place + 1)  # fmt: skip
                out.append(chr(int(digits, 16)))
                at += 6
            elif letter in _ESCAPES and letter:
                out.append(_ESCAPES[letter])
                at += 2
            else:
                raise Fault(f"Unrecognized character escape {_shown(letter or ' ')}", at + 2)

    def _number(self) -> int | float:
        text, start = self._text, self._at
        if re.compile(r"-?0\d").match(text, start):
            raise Fault("Invalid numeric value: Leading zeroes not allowed", start + 1 + (text[start] == "-"))
        found = None if text[start] == "+" else _NUMBER.match(text, start)
        after = text[found.end() : found.end() + 1] if found else text[start + 1 : start + 2]
        if found is None:
            raise Fault(f"Unexpected character ({_shown(after or ' ')}) in numeric value: expected digit (0-9) to follow minus sign, for "
                         "valid numeric value", start + 2)  # fmt: skip
        if after == ".":
            nxt = text[found.end() + 1 : found.end() + 2] or " "
            raise Fault(
                f"Unexpected character ({_shown(nxt)}) in numeric value: Decimal point not followed by a digit",
                found.end() + 2,
            )
        if after and after in "eE":
            nxt = text[found.end() + 1 : found.end() + 2] or " "
            raise Fault(
                f"Unexpected character ({_shown(nxt)}) in numeric value: Exponent indicator not followed by a digit",
                found.end() + 2,
            )
        self._at = found.end()
        if not self._open and after and after not in " \t\r\n":
            raise Fault(
                f"Unexpected character ({_shown(after)}): Expected space separating root-level values", found.end() + 1
            )
        self._was_number, self.last = self._at >= len(text), start
        return float(found[0]) if re.search(r"[.eE]", found[0]) else int(found[0])

    def _word(self, letter: str) -> Any:
        found = _WORD.match(self._text, self._at) or re.compile(r"[\w\udc80-\udcff]+").match(self._text, self._at)
        word = found[0] if found else ""
        if word in _WORDS:
            self.last = self._at
            self._at += len(word)
            return _WORDS[word]
        if word in ("NaN", "Infinity"):
            end = self._at + len(word)
            raise Fault(
                f"Non-standard token '{word}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow", end
            )
        if not word:
            closes = letter in ",}" or (letter == "]" and bool(self._open) and self._open[-1][0] == "Array")
            raise self._unexpected("expected a value" if closes else _AT_VALUE)
        shown = "".join(chr(ord(each) - 0xDC00) if 0xDC80 <= ord(each) <= 0xDCFF else each for each in word)
        literals = (*_WORDS, "NaN", "Infinity")
        begun = any(each.startswith(word[0]) for each in literals)
        end = self._at + len(word)
        short = any(each.startswith(word) for each in literals)
        raise Fault(f"Unrecognized token '{shown}': {_IN_VALUE if begun else _AT_ROOT}", end + 1,
                     ended=(1 + short) * (end >= len(self._text)), kind="json_parse_exception")  # fmt: skip
