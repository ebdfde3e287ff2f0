"""Java's regular expressions by Python's: the syntax that differs, and the words of Java's errors."""

from __future__ import annotations

import re
from functools import lru_cache

import regex

from clickstream_embedded.connect.java_pattern_syntax import SyntaxFault, check

_PROPERTIES = {
    "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9", "Upper": "A-Z", "Lower": "a-z", "Space": r"\s",
    "Punct": r"!-/:-@\[-`{-~", "XDigit": "0-9a-fA-F",
}  # fmt: skip

_ESCAPES = ((r"\h", r"[ \t\xA0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000]"), (r"\R", r"(?:\r\n|[\n-\r\u2028\u2029\x85])"),
            (r"\e", r"\x1b"))  # fmt: skip
_FURTHER = re.compile(r"&&|\\[pP]|\[[^\]\\]*\[")


class BadPattern(ValueError):
    """The text is no regular expression; the message is that of `PatternSyntaxException`."""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for Python. Raises BadPattern in Java's words."""
    try:
        check(pattern)
    except SyntaxFault as fault:
        raise BadPattern(_pointed(fault.what, fault.place, pattern)) from None
    text = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    text = re.sub(r"\\k<(\w+)>", r"(?P=\1)", text).replace(r"\z", r"\Z")
    text = re.sub(r"\\p\{(?:Is)?(\w+)\}", lambda found: f"[{_PROPERTIES.get(found[1], found[0])}]", text)
    text = re.sub(r"\\Q(.*?)(?:\\E|\Z)", lambda found: re.escape(found[1]), text, flags=re.DOTALL)
    for java, here in _ESCAPES:
        text = re.sub(rf"(?<!\\)((?:\\\\)*){re.escape(java)}", lambda found, here=here: found[1] + here, text)
    try:
        if _FURTHER.search(text) is not None:  # classes within classes, and properties, which Python has none of
            return regex.compile(text, regex.VERSION1)  # type: ignore[return-value]
        return re.compile(text)
    except regex.error:
        raise BadPattern(_pointed("Syntax error", 0, pattern)) from None
    except re.error as error:
        raise BadPattern(_java_words(pattern, error)) from None


def _java_words(pattern: str, error: re.error) -> str:
    at = error.pos or 0
    if error.msg.startswith("nothing to repeat") or error.msg.startswith("multiple repeat"):
        return _pointed(f"Dangling meta character '{pattern[at : at + 1]}'", at, pattern)
    if "unterminated character set" in error.msg:
        return _pointed("Unclosed character class", len(pattern) - 1, pattern)
    if "missing )" in error.msg:
        return _pointed("Unclosed group", len(pattern), pattern)
    if "unbalanced parenthesis" in error.msg:
        return _pointed("Unmatched closing ')'", max(at - 1, 0), pattern)
    if "bad escape (end" in error.msg:
        return _pointed("Unexpected internal error", len(pattern), pattern)
    if "bad character range" in error.msg:
        return _pointed("Illegal character range", at + 2, pattern)
    return _pointed("Illegal/unsupported escape sequence" if "escape" in error.msg else "Syntax error", at, pattern)


def _pointed(what: str, at: int, pattern: str) -> str:
    """The message of `PatternSyntaxException`."""
    place = f" near index {at}" if at >= 0 else ""
    return f"{what}{place}\n{pattern}" + (f"\n{' ' * at}^" if 0 <= at < len(pattern) else "")


def replaced_first(pattern: re.Pattern[str], text: str, replacement: str) -> str:
    """`Matcher.replaceFirst`: `$1`, `${name}` and `\\` in the replacement as in Java. Raises ValueError."""
    found = pattern.search(text)
    if found is None:
        return text
    out, at = "", 0
    while at < len(replacement):
        char = replacement[at]
        if char == "\\":
            out, at = out + replacement[at + 1 : at + 2], at + 2
        elif char == "$":
            name = re.compile(r"\$(?:(\d)|\{(\w+)\})").match(replacement, at)
            if name is None:
                raise ValueError("Illegal group reference")
            group, at = name[1] or name[2], name.end()
            while name[1] and at < len(replacement) and replacement[at].isdigit():
                if int(group + replacement[at]) > pattern.groups:
                    break
                group, at = group + replacement[at], at + 1
            if name[1] and int(group) > pattern.groups:
                raise ValueError(f"No group {group}")
            out += found[int(group) if name[1] else group] or ""
        else:
            out, at = out + char, at + 1
    return text[: found.start()] + out + text[found.end() :]
