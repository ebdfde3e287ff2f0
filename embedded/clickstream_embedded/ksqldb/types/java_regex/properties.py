"""The classes that Java names: `\\d`, `\\p{Punct}`, `\\p{IsLatin}`, ..., as what stands in a set of the `regex` library."""

from __future__ import annotations

LINE_ENDS = r"\n\r\x85\u2028\u2029"
# one-letter classes; in capitals they are the complement
LETTERS = {
    "d": "0-9",
    "w": "a-zA-Z_0-9",
    "s": r"\x20\t\n\x0b\f\r",
    "h": r"\x20\xa0\t\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "v": r"\n\x0b\f\r\x85\u2028\u2029",
}
UNICODE_LETTERS = LETTERS | {
    "d": r"\p{Nd}", "w": r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}", "s": r"\p{White_Space}",
}  # fmt: skip
_UNICODE_POSIX = {
    "Lower": r"\p{Lowercase}", "Upper": r"\p{Uppercase}", "Alpha": r"\p{Alphabetic}", "Digit": r"\p{Nd}",
    "Alnum": r"\p{Alphabetic}\p{Nd}", "Punct": r"\p{P}", "Blank": r"\p{Zs}\t", "Cntrl": r"\p{Cc}",
    "XDigit": r"\p{Nd}\p{Hex_Digit}", "Space": r"\p{White_Space}",
}  # fmt: skip
_POSIX = {
    "Lower": "a-z", "Upper": "A-Z", "ASCII": r"\x00-\x7f", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`\{-\~", "Graph": r"!-\~", "Print": r"\x20-\~", "Blank": r"\x20\t", "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F", "Space": LETTERS["s"],
}  # fmt: skip
_JAVA = {
    "javaLowerCase": r"\p{Lowercase}", "javaUpperCase": r"\p{Uppercase}", "javaAlphabetic": r"\p{Alphabetic}",
    "javaIdeographic": r"\p{Ideographic}", "javaTitleCase": r"\p{Lt}", "javaDigit": r"\p{Nd}",
    "javaDefined": r"\P{Cn}", "javaLetter": r"\p{L}", "javaLetterOrDigit": r"\p{L}\p{Nd}",
    "javaSpaceChar": r"\p{Z}", "javaISOControl": r"\x00-\x1f\x7f-\x9f",
    "javaWhitespace": r"\t-\r\x1c-\x1f\x20\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000",
    "javaMirrored": r"\p{Bidi_Mirrored}",
}  # fmt: skip
_CATEGORIES = frozenset(
    [
        "C",
        "Cc",
        "Cf",
        "Cn",
        "Co",
        "Cs",
        "L",
        "LC",
        "Ll",
        "Lm",
        "Lo",
        "Lt",
        "Lu",
        "M",
        "Mc",
        "Me",
        "Mn",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Pe",
        "Pf",
        "Pi",
        "Po",
        "Ps",
        "S",
        "Sc",
        "Sk",
        "Sm",
        "So",
        "Z",
        "Zl",
        "Zp",
        "Zs",
    ]
)
_BINARY = {
    "ALPHABETIC": r"\p{Alphabetic}", "IDEOGRAPHIC": r"\p{Ideographic}", "LETTER": r"\p{L}", "LOWERCASE": r"\p{Lowercase}",
    "UPPERCASE": r"\p{Uppercase}", "TITLECASE": r"\p{Lt}", "PUNCTUATION": r"\p{P}", "CONTROL": r"\p{Cc}",
    "WHITE_SPACE": r"\p{White_Space}", "WHITESPACE": r"\p{White_Space}", "DIGIT": r"\p{Nd}",
    "HEX_DIGIT": r"\p{Hex_Digit}", "HEXDIGIT": r"\p{Hex_Digit}", "JOIN_CONTROL": r"\p{Join_Control}",
    "JOINCONTROL": r"\p{Join_Control}", "NONCHARACTER_CODE_POINT": r"\p{Noncharacter_Code_Point}",
    "NONCHARACTERCODEPOINT": r"\p{Noncharacter_Code_Point}", "ASSIGNED": r"\P{Cn}",
}  # fmt: skip


def _category(name: str) -> str | None:
    if name == "LC":
        return r"\p{Lu}\p{Ll}\p{Lt}"
    if name == "LD":
        return r"\p{L}\p{Nd}"
    return rf"\p{{{name}}}" if name in _CATEGORIES else None


def named(name: str, *, wide: bool = False) -> str:
    """What `\\p{name}` stands for within a set; `wide`: POSIX's classes by Unicode's properties. Raises ValueError for a
    name that Java does not have."""
    found: str | None = None
    key, mark, value = name.partition("=")
    if mark:
        match key.lower():
            case "sc" | "script":
                found = rf"\p{{Script={value}}}"
            case "blk" | "block":
                found = rf"\p{{Block={value}}}"
            case "gc" | "general_category":
                found = _category(value)
            case _:
                pass
    elif name.startswith("In"):
        found = rf"\p{{Block={name[2:]}}}"
    elif name.startswith("Is"):
        rest = name[2:]
        found = _BINARY.get(rest.upper()) or _category(rest) or rf"\p{{Script={rest}}}"
    else:
        found = (
            (_UNICODE_POSIX.get(name) if wide else None)
            or {"L1": r"\x00-\xff", "all": r"\x00-\U0010ffff"}.get(name)
            or _POSIX.get(name)
            or _JAVA.get(name)
        )
        found = found or _category(name)
    if found is None:
        raise ValueError(f"Unknown character property name {{{name}}}")
    return found
