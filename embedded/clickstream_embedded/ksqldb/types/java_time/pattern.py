"""Patterns of `java.time.format.DateTimeFormatter`: letters to elements, by the rules of `appendPattern`."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

SHORT, FULL, NARROW = "short", "full", "narrow"
# fields, by the names of ChronoField (and of IsoFields and WeekFields for quarters and weeks)
_FIELDS = {
    "u": "YEAR", "y": "YEAR_OF_ERA", "Y": "WEEK_BASED_YEAR", "Q": "QUARTER", "q": "QUARTER", "M": "MONTH_OF_YEAR",
    "L": "MONTH_OF_YEAR", "D": "DAY_OF_YEAR", "d": "DAY_OF_MONTH", "F": "ALIGNED_WEEK_OF_MONTH", "E": "DAY_OF_WEEK",
    "e": "LOCAL_DAY_OF_WEEK", "c": "LOCAL_DAY_OF_WEEK", "w": "WEEK_OF_YEAR", "W": "WEEK_OF_MONTH", "G": "ERA",
    "a": "AMPM_OF_DAY", "h": "CLOCK_HOUR_OF_AMPM", "K": "HOUR_OF_AMPM", "k": "CLOCK_HOUR_OF_DAY", "H": "HOUR_OF_DAY",
    "m": "MINUTE_OF_HOUR", "s": "SECOND_OF_MINUTE", "S": "NANO_OF_SECOND", "A": "MILLI_OF_DAY",
    "n": "NANO_OF_SECOND", "N": "NANO_OF_DAY", "g": "MODIFIED_JULIAN_DAY",
}  # fmt: skip
NORMAL, NOT_NEGATIVE, EXCEEDS_PAD = "normal", "not negative", "exceeds pad"


@dataclass(frozen=True, slots=True)
class Text:
    """A literal."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `behind` is the total width of the fixed ones that follow without anything between."""

    field: str
    least: int
    most: int
    sign: str
    behind: int = 0
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class TwoDigitYear:
    """The last two digits of a year from 2000 on."""

    field: str
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Fraction:
    """So many digits behind the decimal point of a second."""

    width: int


@dataclass(frozen=True, slots=True)
class Name:
    """A text for a field's value: a month, a day of the week, an era, AM or PM, a quarter."""

    field: str
    style: str


@dataclass(frozen=True, slots=True)
class Offset:
    """An offset from UTC; `form` by the names of `appendOffset`."""

    form: str
    none: str


@dataclass(frozen=True, slots=True)
class LocalizedOffset:
    """`GMT+2`, or in full `GMT+02:00`."""

    full: bool


@dataclass(frozen=True, slots=True)
class ZoneText:
    """A zone's id (`kind` id) or its name (short, full)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Optional:
    """What stands between brackets."""

    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Padded:
    """An element filled up with blanks on the left."""

    element: Element
    width: int


Element = Text | Number | TwoDigitYear | Fraction | Name | Offset | LocalizedOffset | ZoneText | Optional | Padded
_OFFSETS = {
    "X": ("+HHmm", "+HHMM", "+HH:MM", "+HHMMss", "+HH:MM:ss"),
    "Z": ("+HHMM", "+HHMM", "+HHMM", "", "+HH:MM:ss"),
}  # fmt: skip
_TWO_DIGITS = "dhHkKms"


class _Reader:
    """Reads one pattern; `_adjacent` is the place of the number that those behind it reserve digits of."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def elements(self, *, nested: bool = False) -> tuple[Element, ...]:
        found: list[Element] = []
        adjacent: int | None = None
        text = self._pattern
        while self._at < len(text):
            letter = text[self._at]
            if letter == "]":
                if not nested:
                    raise ValueError("Pattern invalid as it contains ] without previous [")
                self._at += 1
                return tuple(found)
            element = self._next(letter)
            if isinstance(element, Number | TwoDigitYear | Fraction):
                adjacent = _append_number(found, element, adjacent)
            else:
                adjacent = None
                if not isinstance(element, Text) or element.text:
                    found.append(element)
        return tuple(found)  # Java takes a [ that is never closed, too

    def _next(self, letter: str) -> Element:
        text = self._pattern
        if letter.isascii() and letter.isalpha():
            if letter == "p":
                return self._padded()
            return _letters(letter, self._count(letter))
        self._at += 1
        if letter == "'":
            return Text(self._quoted())
        if letter == "[":
            return Optional(self.elements(nested=True))
        if letter in "{}#":
            raise ValueError(f"Pattern includes reserved character: '{letter}'")
        return Text(text[self._at - 1])

    def _count(self, letter: str) -> int:
        start = self._at
        while self._at < len(self._pattern) and self._pattern[self._at] == letter:
            self._at += 1
        return self._at - start

    def _quoted(self) -> str:
        text, start = self._pattern, self._at
        while True:
            end = text.find("'", self._at)
            if end < 0:
                raise ValueError(f"Pattern ends with an incomplete string literal: {text}")
            if text[end + 1 : end + 2] != "'":
                break
            self._at = end + 2
        self._at = end + 1
        return "'" if end == start else text[start:end].replace("''", "'")

    def _padded(self) -> Element:
        width = self._count("p")
        letter = self._pattern[self._at : self._at + 1]
        if not (letter.isascii() and letter.isalpha()):
            raise ValueError(f"Pad letter 'p' must be followed by valid pad pattern: {self._pattern}")
        return Padded(self._next(letter), width)


def _append_number(found: list[Element], element: Number | TwoDigitYear | Fraction, adjacent: int | None) -> int:
    """Adjacent value parsing: a number leaves the digits to those of fixed width that follow at once."""
    width = (
        element.width if isinstance(element, Fraction)
        else 2 if isinstance(element, TwoDigitYear)
        else element.most if element.least == element.most and element.sign == NOT_NEGATIVE else None
    )  # fmt: skip
    if adjacent is None:
        found.append(element)
        return len(found) - 1
    base = found[adjacent]
    assert isinstance(base, Number | TwoDigitYear | Fraction)
    if width is None:
        if isinstance(base, Number):
            found[adjacent] = replace(base, fixed=True)
        found.append(element)
        return len(found) - 1
    if isinstance(base, Number | TwoDigitYear):
        found[adjacent] = replace(base, behind=base.behind + width)
    found.append(replace(element, fixed=True) if isinstance(element, Number) else element)
    return adjacent


def _letters(letter: str, count: int) -> Element:  # noqa: C901 - one case a letter
    field = _FIELDS.get(letter, "")
    too_many = ValueError(f"Too many pattern letters: {letter}")
    match letter:
        case "u" | "y" | "Y":
            if count == 2:
                return TwoDigitYear(field)
            return Number(field, count, 19, NORMAL if count < 4 else EXCEEDS_PAD)
        case "M" | "L" | "Q" | "q" | "e" if count < 3:
            return Number(field, count, 19 if count == 1 else 2, NORMAL if count == 1 else NOT_NEGATIVE)
        case "c" if count < 3:
            if count == 2:
                raise ValueError('Invalid pattern "cc"')
            return Number(field, 1, 19, NORMAL)
        case "M" | "L" | "Q" | "q" | "E" | "e" | "c" | "G":
            if count > 5:
                raise too_many
            style = FULL if count == 4 else NARROW if count == 5 else SHORT
            return Name("DAY_OF_WEEK" if letter in "ec" else field, style)
        case "a":
            if count != 1:
                raise too_many
            return Name(field, SHORT)
        case "D":
            if count > 3:
                raise too_many
            return Number(field, 1, 19, NORMAL) if count == 1 else Number(field, count, 3, NOT_NEGATIVE)
        case "F" | "W":
            if count != 1:
                raise too_many
            return Number(field, 1, 19, NORMAL)
        case "S":
            if count > 9:
                raise ValueError(f"The maximum width must be from 1 to 9 inclusive but was {count}")
            return Fraction(count)
        case "A" | "n" | "N" | "g":
            return Number(field, count, 19, NORMAL if letter == "g" else NOT_NEGATIVE)
        case _ if letter in _TWO_DIGITS or letter == "w":
            if count > 2:
                raise too_many
            return Number(field, 1, 19, NORMAL) if count == 1 else Number(field, 2, 2, NOT_NEGATIVE)
        case _:
            return _zone_letters(letter, count)


def _zone_letters(letter: str, count: int) -> Element:
    too_many = ValueError(f"Too many pattern letters: {letter}")
    match letter:
        case "V":
            if count != 2:
                raise ValueError("Pattern letter count must be 2: V")
            return ZoneText("id")
        case "v":
            if count not in (1, 4):
                raise ValueError("Wrong number of pattern letters: v")
            return ZoneText(SHORT if count == 1 else FULL)
        case "z":
            if count > 4:
                raise too_many
            return ZoneText(FULL if count == 4 else SHORT)
        case "O":
            if count not in (1, 4):
                raise ValueError("Pattern letter count must be 1 or 4: O")
            return LocalizedOffset(count == 4)
        case "X" | "x" | "Z":
            if count > 5:
                raise too_many
            if letter == "Z" and count == 4:
                return LocalizedOffset(True)
            form = _OFFSETS["Z" if letter == "Z" else "X"][count - 1]
            if letter == "X" or (letter == "Z" and count == 5):
                return Offset(form, "Z")
            return Offset(
                form,
                "+00" if letter == "x" and count == 1 else "+00:00" if count in (3, 5) and letter == "x" else "+0000",
            )
        case _:
            raise ValueError(f"Unknown pattern letter: {letter}")


@functools.lru_cache(1000)
def elements(pattern: str) -> tuple[Element, ...]:
    """The elements of a pattern. Raises ValueError for one that Java refuses."""
    return _Reader(pattern).elements()
