"""What Java's libraries do with dates, patterns, texts, URIs and JSON, a table each, from their documentation."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from clickstream_embedded.ksqldb.functions.registry import SCALARS
from clickstream_embedded.ksqldb.types import json_nodes
from clickstream_embedded.ksqldb.types.java_numbers import java_double
from clickstream_embedded.ksqldb.types.java_regex import matching
from clickstream_embedded.ksqldb.types.java_time import calendar, legacy, sql
from clickstream_embedded.ksqldb.types.java_time.zones import UTC, zone
from clickstream_embedded.ksqldb.types.java_uri import uri

MOMENT = 1_709_201_472_045  # 2024-02-29T10:11:12.045Z, a Thursday


def called(name: str, *arguments: Any) -> Any:
    """A function of ksqlDB's, by the one signature that has so many parameters; None where it fails."""
    found = [v for v in SCALARS[name].variants if len(v.parameters) == len(arguments) or v.variadic]
    try:
        return found[0].function(*arguments)
    except Exception:
        return None


# -- java.time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [*range(-720_000, 720_000, 9_973), 19_782, -1, 0])
def test_the_calendar_is_pythons_where_python_has_one(days: int) -> None:
    assert calendar.days_of(*calendar.civil(days)) == days
    assert calendar.hybrid_days(*calendar.hybrid_civil(days)) == days
    if days > -719_162:
        date = datetime.date(1970, 1, 1) + datetime.timedelta(days=days)
        assert calendar.civil(days) == (date.year, date.month, date.day)
        assert calendar.day_of_week(days) == date.isoweekday()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2024-02-29T10:11:12.045"), ("u y yy uuuuu", "2024 2024 24 02024"),
        ("M MM MMM MMMM MMMMM L", "2 02 Feb February F 2"), ("d dd D DDD", "29 29 60 060"),
        ("E EEEE EEEEE e ee c", "Thu Thursday T 5 05 5"), ("Q QQ QQQ QQQQ", "1 01 Q1 1st quarter"),
        ("Y w ww W F", "2024 9 09 5 1"), ("G GGGG", "AD Anno Domini"), ("h hh K k kk a", "10 10 10 10 10 AM"),
        ("S SS SSSSSS", "0 04 045000"), ("A n N", "36672045 45000000 36672045000000"), ("z VV O OOOO", "UTC UTC GMT GMT"),
        ("X XX XXX x xx xxx Z ZZZZ ZZZZZ", "Z Z Z +00 +0000 +00:00 +0000 GMT Z"), ("[HH:mm] ''ppH", "10:11 '10"),
        ("ppppd", "  29"), ("'it''s' yyyy", "it's 2024"),
    ],
)  # fmt: skip
def test_letters_are_printed_by_their_count(pattern: str, text: str) -> None:
    assert sql.format_moment(MOMENT, pattern, UTC) == text


def test_zones_are_printed_and_offsets_follow_their_rules() -> None:
    berlin = zone("Europe/Berlin")
    assert sql.format_moment(MOMENT, "HH z VV O XXX", berlin) == "11 CET Europe/Berlin GMT+1 +01:00"
    assert sql.format_moment(MOMENT + 150 * calendar.DAY_MILLIS, "HH z X", berlin) == "12 CEST +02"
    assert sql.format_moment(MOMENT, "HH:mm", zone("+05:30")) == "15:41"
    assert sql.format_moment((1 << 63) - 1, "yyyy-MM-dd") == "+292278994-08-17"
    assert sql.format_date(2_147_483_647) == "+5881580-07-11"
    assert legacy.shown_timestamp(-12_219_292_800_001) == "1582-10-04T23:59:59.999"
    for wrong in ("Nope/Zone", "+19:00", "UTC+25"):
        with pytest.raises(ValueError, match=r"zone|Zone|offset"):
            zone(wrong)


@pytest.mark.parametrize(
    "pattern", ["b", "yyyy-MM-dd'", "aa", "HHH", "V", "cc", "{", "p", "yyyy]", "SSSSSSSSSS", "XXXXXX"]
)
def test_patterns_that_java_refuses(pattern: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        sql.format_moment(MOMENT, pattern)


@pytest.mark.parametrize("kind", ["date", "time"])
def test_what_is_printed_must_have_the_field(kind: str) -> None:
    with pytest.raises(ValueError, match="Unsupported field"):
        sql.format_day(0, "HH") if kind == "date" else sql.format_of_day(0, "yyyy")
    assert sql.format_day(0, "yyyy[ HH]") == "1970"


@pytest.mark.parametrize(
    ("text", "pattern", "wanted"),
    [
        ("2021-02-31", "yyyy-MM-dd", "2021-02-28T00:00:00.000"), ("2021-02-32", "yyyy-MM-dd", None),
        ("20240229101112045", "yyyyMMddHHmmssSSS", "2024-02-29T10:11:12.045"), ("2024-2-9", "yyyy-M-d", "2024-02-09T00:00:00.000"),
        ("2024-2-9", "yyyy-MM-dd", None), ("24:00", "HH:mm", "1970-01-01T00:00:00.000"), ("12:30 am", "hh:mm a", "1970-01-01T00:30:00.000"),
        ("2024 60", "yyyy DDD", None), ("2024 060", "yyyy DDD", "2024-02-29T00:00:00.000"), ("07", "yy", "2007-01-01T00:00:00.000"),
        ("29 feb 2024", "dd MMM yyyy", "2024-02-29T00:00:00.000"), ("Thu 29 Feb 2024", "EEE dd MMM yyyy", "2024-02-29T00:00:00.000"),
        ("Fri 29 Feb 2024", "EEE dd MMM yyyy", None), ("10:11", "HH:mm[:ss]", "1970-01-01T10:11:00.000"),
        ("10:11:12", "HH:mm[:ss]", "1970-01-01T10:11:12.000"), ("2024-02-29T10Z", "yyyy-MM-dd'T'HHX", "2024-02-29T10:00:00.000"),
        ("10 +0230", "HH Z", "1970-01-01T07:30:00.000"), ("10 Europe/Berlin", "HH VV", "1970-01-01T09:00:00.000"),
        ("10 GMT+2", "HH O", "1970-01-01T08:00:00.000"), ("2024x", "yyyy", None), ("12024", "yyyy", None),
        ("+12024", "yyyy", "12024-01-01T00:00:00.000"), ("0044 BC", "yyyy G", None), ("2024 9 5", "Y w e", "2024-02-29T00:00:00.000"),
    ],
)  # fmt: skip
def test_texts_are_read_strictly_and_resolved_smartly(text: str, pattern: str, wanted: str | None) -> None:
    try:
        found: str | None = legacy.shown_timestamp(sql.parse_moment(text, pattern))
    except ValueError:
        found = None
    if text == "0044 BC":
        assert found is not None
        assert found.startswith("0044-01-03")  # a Julian date, as the REST API shows it
        return
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "pattern", "days"),
    [
        ("2024-02-30", "yyyy-MM-dd", 19_783), ("2024-2-9 and more", "yyyy-MM-dd", 19_762), ("20240229", "yyyyMMdd", 19_782),
        ("29-FEBRUARY-24", "dd-MMM-yy", 19_782), ("2024-13-01", "yyyy-MM-dd", 20_089), ("x", "yyyy", None),
        ("2024-02-29 01", "yyyy-MM-dd HH", None), ("2024", "yyyy'x'", None), ("2024 060", "yyyy DDD", 19_782),
    ],
)  # fmt: skip
def test_parse_date_is_lenient_as_simple_date_format(text: str, pattern: str, days: int | None) -> None:
    assert called("PARSE_DATE", text, pattern) == days


def test_parts_of_times_may_be_left_out_in_sqls_own_form() -> None:
    assert sql.parse_timestamp("2020-05") == sql.parse_timestamp("2020-05-01T00:00:00.000+0000")
    assert sql.parse_timestamp("2020-05-01T02:00:00.000+0200") == sql.parse_timestamp("2020-05-01T00")
    assert sql.parse_time("01:02:03.456") == 3_723_456
    for text in ("24:00", "1:00", "", "01:02:"):
        with pytest.raises(ValueError, match="Failed to parse time"):
            sql.parse_time(text)


# -- java.util.regex -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\p{L}+", "12éa", ["éa"]), (r"\p{Punct}", "a!ß", ["!"]), (r"(?<n>b)\k<n>", "abb", ["bb"]), (r"[a-z&&[^b]]+", "abc", ["a", "c"]),
        (r"[a-c[x-z]]+", "axd", ["ax"]), (r"\Qa.b\E", "a.b", ["a.b"]), (r"\h", "a\u00a0", ["\u00a0"]), (r"\v", "a\u2028", ["\u2028"]),
        (r"b\z", "ab\n", []), (r"b\Z", "ab\n", ["b"]), (r"b$", "ab\r\n", ["b"]), (r"(?m)^b", "a\nb", ["b"]), (r"\w+", "éa", ["a"]),
        (r"\d", "٣", []), (r"\R", "\r\n", ["\r\n"]), (r"a++a", "aaa", []), (r"a.c", "a\rc", []), (r"(?s)a.c", "a\nc", ["a\nc"]),
        (r"(?i)A(?-i)b", "abaB", ["ab"]), (r"(?x) a b # no", "ab", ["ab"]), (r"[]a]", "]", ["]"]), (r"[\w-]+", "a-b", ["a-b"]),
        (r"\x41\u0042\0103", "ABC", ["ABC"]), (r"[^\d\s]+", "1 ab", ["ab"]),
        (r"\p{IsLatin}+", "aя", ["a"]), (r"\p{javaUpperCase}", "aB", ["B"]), (r"a{2}", "aaa", ["aa"]), (r"\bé", "é", ["é"]),
        (r"x*", "ax", ["", "x", ""]), (r"[a~|#]+", "a~|#", ["a~|#"]), (r"(a)|b", "ab", ["a", "b"]),
        (r"(?i)é", "É", []), (r"(?iu)é", "É", ["É"]), (r"(?i)[a-é]+", "Bé", ["Bé"]), (r"(?i)h[^X]", "HxHy", ["Hy"]),
        (r"(?i)(a)\1", "aA", ["aA"]), (r"(?i)k", "\u212a", []), (r"(?i)\Qab\E[\Qc\E]", "ABC", ["ABC"]), (r"(?Ui)É", "é", ["é"]),
        (r"(?U)\w+", "éa", ["éa"]), (r"(?U)\d", "٣", ["٣"]), (r"(?U)\p{Alpha}+\b", "éa!", ["éa"]),
    ],
)  # fmt: skip
def test_patterns_match_as_in_java(pattern: str, text: str, found: list[str]) -> None:
    assert [match[0] for match in matching.finds(pattern, text)] == found


@pytest.mark.parametrize(
    "pattern",
    ["[", "(", ")", "*a", "a{", "a{2,1}", r"\y", r"\p{Nope}", "(?<1a>x)", "(?<a>x)(?<a>y)", r"\k<a>", "[b-a]", "\\"],
)
def test_patterns_with_faults_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        matching.compiled(pattern)


@pytest.mark.parametrize(
    ("text", "pattern", "new", "wanted"),
    [
        ("abc", "b", "[$0]", "a[b]c"), ("abc", "(?<x>b)", "${x}${x}", "abbc"), ("abc", "b", r"\$1", "a$1c"), ("abc", "b", "$1", None),
        ("abc", "b", "$", None), ("abc", "(b)", "$12", "ab2c"), ("abc", "x*", "-", "-a-b-c-"), ("ab", "(x)?b", "<$1>", "a<>"),
        ("abc", "b", "\\", None), ("abc", "[", "x", None),
    ],
)  # fmt: skip
def test_replacements_are_expanded_as_in_java(text: str, pattern: str, new: str, wanted: str | None) -> None:
    assert called("REGEXP_REPLACE", text, pattern, new) == wanted


def test_texts_are_split_as_guava_and_java_do() -> None:
    assert matching.split("[,;]", "a,b;") == ["a", "b", ""]
    assert matching.split("", "abc") == ["a", "b", "c"]
    assert matching.split("x*", "axb") == ["a", "", "b"]
    assert matching.split("[ o]", "") == [""]


# -- texts, numbers, URIs, JSON --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "wanted"),
    [
        ("LEN", ("a😀",), 3), ("SUBSTRING", ("a😀b", 4), "b"), ("SUBSTRING", ("a😀b", -1), "b"),
        ("LPAD", ("😀", 4, "xy"), "xy😀"), ("LPAD", ("abc", 2, "x"), "ab"), ("RPAD", ("a", -1, "x"), None), ("LPAD", ("a", 3, ""), None),
        ("INITCAP", (" hELLO  wörld",), "Hello  Wörld"), ("TRIM", ("\t a\u00a0 ",), "a\u00a0"), ("SPLIT", ("", ""), [""]),
        ("SPLIT", ("a,,b", ","), ["a", "", "b"]), ("SPLIT_TO_MAP", ("a=1,b,c=2=3", ",", "="), {"a": "1", "c": "2"}),
        ("SPLIT_TO_MAP", ("a", ",", ","), None), ("INSTR", ("hello", "l"), 3), ("MASK", ("Ab1 é",), "Xxn-x"),
        ("MASK_LEFT", ("abc", -1), None), ("MASK_KEEP_RIGHT", ("abc", 1), "xxc"), ("CHR", (128_512,), "😀"), ("CHR", (-1,), None),
        ("ENCODE", ("0x4", "hex", "utf8"), "\x04"), ("ENCODE", ("é", "utf8", "ascii"), "\ufffd\ufffd"), ("ENCODE", ("a", "hex", "utf8"), None),
        ("ENCODE", ("a", "hex", "hex"), None), ("TO_BYTES", ("ab", "hex"), None), ("TO_BYTES", ("AB", "hex"), b"\xab"),
        ("FROM_BYTES", (b"\xab", "hex"), "AB"), ("URL_ENCODE_PARAM", ("a ~*é",), "a+%7E*%C3%A9"), ("URL_DECODE_PARAM", ("a+%7",), None),
        ("URL_EXTRACT_PARAMETER", ("http://a?x&y=1%202", "y"), "1 2"), ("URL_EXTRACT_PARAMETER", ("http://a?x&y=1", "x"), ""),
        ("CBRT", (-27,), -3.0), ("COSH", (1000,), float("inf")), ("SINH", (-1000,), float("-inf")), ("POWER", (-2, 1025), float("-inf")),
        ("COT", (0,), float("inf")), ("LOG", (8,), 2.0794415416798357), ("GEO_DISTANCE", (0.0, 0.0, 91.0, 0.0), None),
        ("EXTRACTJSONFIELD", ('{"a":[1.50,null]}', "$.a[0]"), "1.50"), ("EXTRACTJSONFIELD", ('{"a":[1.50,null]}', "$.a[1]"), "null"),
        ("EXTRACTJSONFIELD", ('{"a":1}', "$.b"), None), ("EXTRACTJSONFIELD", ('{"a":1}', "a"), None), ("EXTRACTJSONFIELD", ("", "$"), ""),
        ("JSON_RECORDS", ('{"a":"x","b":[1.0]}',), {"a": "x", "b": "[1.0]"}), ("JSON_ITEMS", ("[1.0,{}]",), ["1.0", "{}"]),
        ("JSON_ITEMS", ("{}",), None), ("JSON_CONCAT", ('{"a":1}', "[2]"), '[{"a":1},2]'), ("JSON_CONCAT", ("", "1"), None),
        ("JSON_KEYS", ('{"b":1,"a":2}',), ["b", "a"]), ("IS_JSON_STRING", ("12x",), False), ("IS_JSON_STRING", ("",), False),
        ("SLICE", ([1, 2, 3], 2, 3), [2, 3]), ("SLICE", ([1], 1, 5), None), ("ARRAY_CONCAT", ([1], None), [1]),
        ("GENERATE_SERIES", (3, 1), [3, 2, 1]), ("AS_MAP", (["a", "b"], [1]), {"a": 1, "b": None}), ("NULLIF", (1, 1), None),
    ],
)  # fmt: skip
def test_functions_by_their_documentation(name: str, arguments: tuple[Any, ...], wanted: Any) -> None:
    assert called(name, *arguments) == wanted


@pytest.mark.parametrize(
    ("number", "text"),
    [(25_000_000.0, "2.5E7"), (1e7, "1.0E7"), (0.001, "0.001"), (1e-9, "1.0E-9"), (123456.5, "123456.5"), (-0.0, "-0.0"),
     (1e22, "1.0E22"), (float("nan"), "NaN"), (5e-324, "4.9E-324")],
)  # fmt: skip
def test_doubles_are_written_as_java_writes_them(number: float, text: str) -> None:
    assert java_double(number) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("http://u@test.com:80/a%20b?x=%41#f", ("http", "test.com", 80, "/a b", "x=A", "f")), ("mailto:a@b", ("mailto", None, None, None, None, None)),
        ("/p?q", (None, None, None, "/p", "q", None)), ("http://a_b/x", ("http", None, None, "/x", None, None)),
        ("http://[::1]:9/", ("http", "[::1]", 9, "/", None, None)), ("http://test.com", ("http", "test.com", None, "", None, None)),
        ("http://a b/", None), ("http://a/%zz", None), (":x", None), ("http://", None),
    ],
)  # fmt: skip
def test_uris_are_taken_apart_as_in_java(text: str, parts: tuple[Any, ...] | None) -> None:
    try:
        found = uri(text)
    except ValueError:
        assert parts is None
        return
    assert (found.scheme, found.host, found.port, found.path, found.query, found.fragment) == parts


def test_json_keeps_its_digits_and_stops_behind_the_first_value() -> None:
    assert json_nodes.write(json_nodes.read('{"a":[1.50,1E2,"\\u0001/é"],"a":2} rest')) == '{"a":2}'
    assert json_nodes.write(json_nodes.read('[1.50,1E2,"\\u0001/é"]')) == '[1.50,1E+2,"\\u0001/é"]'
    for wrong in ("nope", "[1,]", "NaN", "{'a':1}", '"a', "1x"):
        with pytest.raises(ValueError, match="JSON|token"):
            json_nodes.read(wrong)
