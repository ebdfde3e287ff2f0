"""Text to fields, as the strict parser of `DateTimeFormatter` reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from clickstream_embedded.ksqldb.types.java_time import pattern as p
from clickstream_embedded.ksqldb.types.java_time.names import NAMES
from clickstream_embedded.ksqldb.types.java_time.zones import Zone, named, offset_id, zone

_LARGEST = 9_223_372_036_854_775_807


@dataclass
class Fields:
    """What was read: values by field, and a zone or an offset."""

    values: dict[str, int] = field(default_factory=dict[str, int])
    zone: Zone | None = None

    def copy(self) -> Fields:
        return Fields(dict(self.values), self.zone)


class _Failed(Exception):
    """The text does not go on as it must."""


class _Parser:
    def __init__(self, text: str, *, fold: bool) -> None:
        self._text = text
        self._fold = fold
        self.fields = Fields()

    def all(self, elements: tuple[p.Element, ...], at: int) -> int:
        for element in elements:
            at = self._one(element, at)
        return at

    def _set(self, name: str, value: int) -> None:
        if self.fields.values.setdefault(name, value) != value:
            raise _Failed

    def _same(self, a: str, b: str) -> bool:
        return a == b or (self._fold and a.casefold() == b.casefold())

    def _one(self, element: p.Element, at: int) -> int:
        match element:
            case p.Text(text):
                if not self._same(self._text[at : at + len(text)], text):
                    raise _Failed
                return at + len(text)
            case p.Number():
                return self._number(element, at)
            case p.TwoDigitYear(name, behind):
                value, end = self._digits(at, 2, 2, behind)
                self._set(name, value + 2000 if value < 100 else value)
                return end
            case p.Fraction(width):
                value, end = self._digits(at, width, width, 0)
                self._set("NANO_OF_SECOND", value * 10 ** (9 - width))
                return end
            case p.Name(name, style):
                return self._name(name, style, at)
            case p.Optional(inner):
                before = self.fields.copy()
                try:
                    return self.all(inner, at)
                except _Failed:
                    self.fields = before
                    return at
            case p.Padded(inner, width):
                return self._padded(inner, width, at)
            case p.Offset(form, none):
                return self._offset(form, none, at)
            case p.LocalizedOffset(full):
                return self._localized(full, at)
            case p.ZoneText(kind):
                return self._zone(kind, at)

    def _digits(self, at: int, least: int, most: int, behind: int) -> tuple[int, int]:
        """A number of `least` to `most` digits that leaves `behind` digits to those after it."""
        text = self._text
        end = at
        while end < min(at + most + behind, len(text)) and text[end].isdigit():
            end += 1
        if end - at < least:
            raise _Failed
        if behind:
            end = min(end, at + max(least, end - at - behind))
        value = int(text[at:end])
        if value > _LARGEST:
            raise _Failed
        return value, end

    def _number(self, element: p.Number, at: int) -> int:
        sign = self._text[at : at + 1]
        start = at
        if sign == "+":
            if element.sign != p.EXCEEDS_PAD:
                raise _Failed
            at += 1
        elif sign == "-":
            if element.sign == p.NOT_NEGATIVE:
                raise _Failed
            at += 1
        most = element.most
        value, end = self._digits(at, element.least, most, element.behind)
        if sign == "-":
            if value == 0:
                raise _Failed
            value = -value
        elif element.sign == p.EXCEEDS_PAD:
            wide = end - at > element.least
            if (at > start) != wide:
                raise _Failed
        self._set(element.field, value)
        return end

    def _name(self, name: str, style: str, at: int) -> int:
        for value, text in sorted(NAMES[name][style].items(), key=lambda item: -len(item[1])):
            if self._same(self._text[at : at + len(text)], text):
                self._set(name, value)
                return at + len(text)
        raise _Failed

    def _padded(self, inner: p.Element, width: int, at: int) -> int:
        end = at + width
        if end > len(self._text):
            raise _Failed
        while at < end and self._text[at] == " ":
            at += 1
        if self._one(inner, at) != end:
            raise _Failed
        return end

    def _offset(self, form: str, none: str, at: int) -> int:
        if self._same(self._text[at : at + len(none)], none):
            self._set("OFFSET_SECONDS", 0)
            self.fields.zone = self.fields.zone or Zone("Z", 0)
            return at + len(none)
        colon = ":" if ":" in form else ""
        minutes = rf"{colon}([0-5]\d)"
        seconds = rf"(?:{colon}([0-5]\d))?" if form.endswith("ss") else "()"
        shape = rf"([+-])(\d\d)(?:{minutes})?()" if form == "+HHmm" else rf"([+-])(\d\d){minutes}{seconds}"
        found = re.compile(shape, re.ASCII).match(self._text, at)
        if found is None:
            raise _Failed
        total = int(found[2]) * 3600 + int(found[3] or 0) * 60 + int(found[4] or 0)
        if total > 18 * 3600:
            raise _Failed
        self._fixed(total if found[1] == "+" else -total)
        return found.end()

    def _fixed(self, seconds: int) -> None:
        self._set("OFFSET_SECONDS", seconds)
        self.fields.zone = self.fields.zone or Zone(offset_id(seconds), seconds)

    def _localized(self, full: bool, at: int) -> int:
        shape = (
            r"GMT(?:([+-])(\d\d):([0-5]\d)(?::([0-5]\d))?)?"
            if full
            else r"GMT(?:([+-])(\d\d?)(?::([0-5]\d)(?::([0-5]\d))?)?)?"
        )
        found = re.compile(shape, re.ASCII | (re.IGNORECASE if self._fold else 0)).match(self._text, at)
        if found is None:
            raise _Failed
        total = int(found[2] or 0) * 3600 + int(found[3] or 0) * 60 + int(found[4] or 0)
        self._fixed(-total if found[1] == "-" else total)
        return found.end()

    def _zone(self, kind: str, at: int) -> int:
        found = re.compile(r"[+-]\d\d?(?::?\d\d){0,2}|[A-Za-z][A-Za-z0-9~/._+:-]*").match(self._text, at)
        text = found[0] if found else ""
        while text:
            try:
                self.fields.zone = zone(text) if kind == "id" else named(text)
                return at + len(text)
            except ValueError:
                text = text[:-1]
        raise _Failed


def fields_of(text: str, elements: tuple[p.Element, ...], *, fold: bool) -> Fields:
    """What the whole of `text` holds; `fold`: letters match whatever their case. Raises ValueError."""
    parser = _Parser(text, fold=fold)
    try:
        end = parser.all(elements, 0)
    except _Failed:
        raise ValueError(f"Text '{text}' could not be parsed") from None
    if end < len(text):
        raise ValueError(f"Text '{text}' could not be parsed, unparsed text found at index {end}")
    return parser.fields
