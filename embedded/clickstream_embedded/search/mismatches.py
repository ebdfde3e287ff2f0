"""Where a text stops to be a date of a format, in the words of java.time."""

from __future__ import annotations

import re

from clickstream_embedded.search import times

_MOST = {"y": 19, "u": 19, "S": 9}


def mismatch(text: str, pattern: str) -> str:
    """Where a text stops to be of a pattern of letters, as java.time tells it."""
    at, place = 0, 0
    while place < len(pattern):
        letter = pattern[place]
        run = 1
        while letter.isalpha() and place + run < len(pattern) and pattern[place + run] == letter:
            run += 1
        if letter == "'":
            end = pattern.find("'", place + 1)
            literal, run = pattern[place + 1 : end], end - place + 1
        else:
            literal = letter
        if letter.isalpha():
            most = _MOST.get(letter, run) if run >= 3 or letter != "S" else run
            digits = len(re.match(r"\d*", text[at : at + most])[0])  # type: ignore[index]
            if digits < run:
                return f"Text '{text}' could not be parsed at index {at}"
            at += digits
        elif text.startswith(literal, at):
            at += len(literal)
        else:
            return f"Text '{text}' could not be parsed at index {at}"
        place += run
    return f"Text '{text}' could not be parsed, unparsed text found at index {at}"


def cause_of(text: str, form: str) -> dict[str, str]:
    """Why a text is no date of a format, or of one of several: the last cause of an error that says so."""
    many = "||" in form or form.startswith("epoch_") or "optional" in form
    told = "Failed to parse with all enclosed parsers" if many else mismatch(text, times.pattern_of(form))
    return {"type": "date_time_parse_exception", "reason": told}
