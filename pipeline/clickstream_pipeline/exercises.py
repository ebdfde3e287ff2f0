"""The six tasks of the tutorial as exercises: each with its question, its statements, and an answer computed from its tables.

An answer covers whole minutes only, from `since` to `until`: what it says does not change any more.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clickstream_ksql import scripts
from clickstream_pipeline import session_windows
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.sinks import sink_configs
from clickstream_pipeline.stages import EARLIEST

if TYPE_CHECKING:
    from clickstream_pipeline.clients.kafka import KafkaClient
    from clickstream_pipeline.clients.ksqldb import KsqlClient
    from clickstream_pipeline.probe import Context

MINUTE = 60_000  # ms
GAP = 30_000  # ms without a click that end a session
THRESHOLD = 100_000  # bytes above which a session is one of high bandwidth
ALERT = 5  # errors of one code in a minute above which there is an alert
SETTLED = 10.0  # seconds after which all clicks of a minute are in the tables
CHARTED = ("TRAFFIC_PER_MIN", "HIGH_BANDWIDTH_SESSIONS")  # tables that go to the search server, for dashboards
Rows = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """The time that an answer covers, in ms since the epoch: whole minutes, `until` not included."""

    since: int
    until: int

    @property
    def minutes(self) -> int:
        return (self.until - self.since) // MINUTE

    def __str__(self) -> str:
        return f"{clock(self.since)} to {clock(self.until)} UTC"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an exercise found: a sentence, the figures in it by name, and a table."""

    words: str
    figures: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Users and codes by their numbers."""

    users: dict[int, tuple[str, str]]  # id -> (name, city)
    codes: dict[int, str]

    def user(self, number: int) -> str:
        return self.users.get(number, (f"user {number}", "?"))[0]

    def city(self, number: int) -> str:
        return self.users.get(number, ("", "?"))[1] or "?"


@dataclass(frozen=True, slots=True)
class Exercise:
    """`tables` are those that the answer reads; `select` gives the rows that `answer` gets, for a span.

    `sessions` names the columns where the first of the tables has session windows: its rows are read from its topic then,
    as ksqlDB does not scan such tables, and `select` is the push query that shows the same as it changes.
    """

    name: str
    title: str
    question: str
    tables: tuple[str, ...]
    select: Callable[[Span], str]
    answer: Callable[[Rows, Span, Names], Answer]
    sessions: tuple[str, ...] = ()


def clock(ms: float) -> str:
    """A time of day in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S")


def _windows(table: str, columns: str) -> Callable[[Span], str]:
    return lambda span: (
        f"SELECT {columns} FROM {table} WHERE WINDOWSTART >= {span.since} AND WINDOWEND <= {span.until};"
    )


def _ended(table: str, columns: str) -> Callable[[Span], str]:
    # a session may still grow until no click has come for the gap
    return lambda span: (
        f"SELECT {columns} FROM {table} WHERE WINDOWSTART >= {span.since} AND WINDOWEND < {span.until - GAP} EMIT CHANGES;"
    )


def _size(count: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if count < 1000 or unit == "MB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def hits(rows: Rows, span: Span, _: Names) -> Answer:
    """rows: event_ts, hits, visitors, bytes"""
    ordered = sorted(rows)
    total = sum(row[1] for row in ordered)
    most = max(ordered, key=lambda row: row[1], default=None)
    visitors = max((row[2] for row in ordered), default=0)
    words = f"{_plural(total, 'hit')} in {_plural(span.minutes, 'minute')} ({span})"
    if most is not None:
        words += f"; the busiest was {clock(most[0])} with {_plural(most[1], 'hit')}; up to {_plural(visitors, 'visitor')} a minute"
    return Answer(
        words + ".", {"hits": total, "peak_hits": most[1] if most else 0, "peak_visitors": visitors},
        ("minute", "hits", "visitors"), tuple((clock(row[0]), row[1], row[2]) for row in ordered),
    )  # fmt: skip


def bandwidth(rows: Rows, span: Span, names: Names) -> Answer:
    """rows: userid, bytes"""
    by_user: Counter[int] = Counter()
    for user, size in rows:
        by_user[user] += size or 0
    total = by_user.total()
    top = by_user.most_common(10)
    words = f"{_size(total)} went out in {_plural(span.minutes, 'minute')}"
    if top:
        words += (
            f", {_size(total / max(span.minutes, 1))} a minute; most to {names.user(top[0][0])} with {_size(top[0][1])}"
        )
    figures = {"bytes": total, "users": len(by_user), "top_user_bytes": top[0][1] if top else 0}
    table = tuple((names.user(user), size, f"{100 * size / total:.1f}%") for user, size in top)
    return Answer(words + ".", figures, ("user", "bytes", "share"), table)


def locations(rows: Rows, _: Span, names: Names) -> Answer:
    """rows: ip, userid, hits"""
    pairs: Counter[tuple[str, int]] = Counter()
    for ip, user, count in rows:
        pairs[ip, user] += count
    users: dict[str, set[int]] = defaultdict(set)
    for ip, user in pairs:
        users[ip].add(user)
    cities: Counter[str] = Counter()
    for (_ip, user), count in pairs.items():
        cities[names.city(user)] += count
    words = f"{_plural(len(users), 'address')} in place of {_plural(len({u for _, u in pairs}), 'user')}"
    words = words.replace("addresss", "addresses").replace(" in place of ", " were used by ")
    if cities:
        city, count = cities.most_common(1)[0]
        words += f", {_plural(len(pairs), 'pair')} in all; most hits came from {city} ({count:,})"
    table = tuple((ip, names.user(user), names.city(user), count) for (ip, user), count in pairs.most_common(10))
    figures = {"addresses": len(users), "pairs": len(pairs), "hits": pairs.total()}
    return Answer(words + ".", figures, ("ip", "user", "city", "hits"), table)


def heavy_sessions(rows: Rows, span: Span, names: Names) -> Answer:
    """rows: userid, windowstart, windowend, hits, bytes"""
    ordered = sorted(rows, key=lambda row: (-row[4], row[1]))
    words = f"{_plural(len(ordered), 'session')} above {_size(THRESHOLD)} ended in {_plural(span.minutes, 'minute')}"
    if ordered:
        words += f"; the largest was {names.user(ordered[0][0])}'s with {_size(ordered[0][4])} in {_plural(ordered[0][3], 'hit')}"
    table = tuple((names.user(r[0]), clock(r[1]), (r[2] - r[1]) // 1000, r[3], r[4]) for r in ordered[:10])
    figures = {"sessions": len(ordered), "bytes": sum(row[4] for row in ordered)}
    return Answer(words + ".", figures, ("user", "start", "seconds", "hits", "bytes"), table)


def error_codes(rows: Rows, span: Span, names: Names) -> Answer:
    """rows: status, event_ts, errors"""
    by_code: Counter[int] = Counter()
    for status, _, count in rows:
        by_code[status] += count
    alerts = sum(count > ALERT for _, _, count in rows)
    words = f"{_plural(by_code.total(), 'error')} in {_plural(span.minutes, 'minute')}"
    if by_code:
        code, count = by_code.most_common(1)[0]
        words += f", most of them {code} {names.codes.get(code, '')} ({count:,}); {_plural(alerts, 'alert')} of more than {ALERT} a minute"
    table = tuple((code, names.codes.get(code, "?"), count) for code, count in by_code.most_common())
    figures = {"errors": by_code.total(), "codes": len(by_code), "alerts": alerts}
    return Answer(words + ".", figures, ("code", "definition", "errors"), table)


def sessions(rows: Rows, span: Span, names: Names) -> Answer:
    """rows: userid, windowstart, windowend, hits, bytes"""
    lengths = [row[2] - row[1] for row in rows]
    words = f"{_plural(len(rows), 'session')} ended in {_plural(span.minutes, 'minute')}"
    if rows:
        longest = max(rows, key=lambda row: (row[2] - row[1], row[0]))
        words += (
            f", {sum(lengths) / len(lengths) / 1000:.0f} s long on average; the longest was {names.user(longest[0])}'s "
            f"with {(longest[2] - longest[1]) / 1000:.0f} s and {_plural(longest[3], 'hit')}"
        )
    ordered = sorted(rows, key=lambda row: (-row[2], row[0]))
    table = tuple((names.user(r[0]), clock(r[1]), clock(r[2]), (r[2] - r[1]) // 1000, r[3], r[4]) for r in ordered[:10])
    figures = {"sessions": len(rows), "hits": sum(row[3] for row in rows), "total_ms": sum(lengths)}
    return Answer(words + ".", figures, ("user", "start", "end", "seconds", "hits", "bytes"), table)


_COLUMNS = ("USERID", "WINDOWSTART", "WINDOWEND", "HITS", "BYTES")
_SESSION = ", ".join(_COLUMNS)
EXERCISES: tuple[Exercise, ...] = (
    Exercise("hits", "Hits and visitors", "How many hits and unique visitors come each minute?", ("TRAFFIC_PER_MIN",),
         _windows("TRAFFIC_PER_MIN", "EVENT_TS, HITS, VISITORS, BYTES"), hits),
    Exercise("bandwidth", "Bandwidth use", "How many bytes go out, and to whom?",
         ("USER_BANDWIDTH_PER_MIN", "IP_BANDWIDTH_PER_MIN"), _windows("USER_BANDWIDTH_PER_MIN", "USERID, BYTES"), bandwidth),
    Exercise("locations", "IP to user to location", "Which users come from which addresses, and where do they live?",
         ("IP_USERS_PER_MIN", "USER_NAMES"), _windows("IP_USERS_PER_MIN", "IP, USERID, HITS"), locations),
    Exercise("heavy", "High-bandwidth sessions", f"Which sessions take more than {THRESHOLD:,} bytes?",
         ("HIGH_BANDWIDTH_SESSIONS",), _ended("HIGH_BANDWIDTH_SESSIONS", _SESSION), heavy_sessions, _COLUMNS),
    Exercise("errors", "Error codes", "Which errors do users get, how often, and when too often?",
         ("ERRORS_BY_CODE_PER_MIN", "ERROR_ALERTS", "CODE_NAMES"),
         _windows("ERRORS_BY_CODE_PER_MIN", "STATUS, EVENT_TS, ERRORS"), error_codes),
    Exercise("sessions", "Sessions", "When do users come and go, and what do they do in a visit?",
         ("USER_SESSION_TRAFFIC",), _ended("USER_SESSION_TRAFFIC", _SESSION), sessions, _COLUMNS),
)  # fmt: skip


def are_there(known: Iterable[str]) -> bool:
    """Whether all tables that the exercises read are among the known ones."""
    return {table for exercise in EXERCISES for table in exercise.tables} <= set(known)


def statements(exercise: Exercise | None = None) -> list[tuple[str, str]]:
    """(name, text) of the statements of one exercise, or of all, in order."""
    # here, as the language takes an eighth of a second to load, and most who look at the tasks make no tables
    from clickstream_ksql import ast
    from clickstream_ksql.parser import parse

    found: list[tuple[str, str]] = []
    for parsed in parse(scripts.load("analytics")):
        assert isinstance(parsed.statement, ast.CreateAs)
        name = parsed.statement.name
        if (
            exercise is None
            or name in exercise.tables
            or (name == "CLICK_TRAFFIC" and "TRAFFIC_PER_MIN" in exercise.tables)
        ):
            found.append((name, parsed.text))
    return found


async def prepare(context: Context, exercise: Exercise | None = None) -> int:
    """Makes the streams and tables that are missing, and the sinks that the dashboard's bandwidth comes from.

    Gives how many tables it made. Raises PipelineError.
    """
    known = {source.name for source in await context.ksqldb.sources()}
    made = 0
    for name, text in statements(exercise):
        if name not in known:
            await context.operations.statement(text, EARLIEST)
            made += 1
    sinks = {connector.name for connector in await context.connect.connectors()}
    missing = [table for table in CHARTED if f"es_sink_{table}" not in sinks]
    for table, config in (await sink_configs(context, missing) if missing else {}).items():
        await context.operations.create_connector(f"es_sink_{table}", config)
    return made


async def span(client: KsqlClient, now: Callable[[], float] = time.time) -> Span:
    """The whole minutes since the first click. Raises PipelineError."""
    rows = await client.rows("SELECT EVENT_TS FROM TRAFFIC_PER_MIN;")
    until = int(now() - SETTLED) * 1000 // MINUTE * MINUTE
    first = min((row[0] for row in rows), default=until)
    return Span(first, max(until, first))


async def names(client: KsqlClient) -> Names:
    """Users and codes. Raises PipelineError."""
    users = await client.rows("SELECT USER_ID, USERNAME, CITY FROM USER_NAMES;")
    codes = await client.rows("SELECT CODE, DEFINITION FROM CODE_NAMES;")
    return Names({row[0]: (row[1], row[2]) for row in users}, {row[0]: row[1] for row in codes})


async def answer(client: KsqlClient, exercise: Exercise, covered: Span, known: Names, kafka: KafkaClient) -> Answer:
    """One exercise's answer. Raises PipelineError."""
    if not exercise.sessions:
        return exercise.answer(await client.rows(exercise.select(covered)), covered, known)
    topics = {source.name: source.topic for source in await client.sources()}
    rows = await session_windows.read(kafka, topics[exercise.tables[0]], exercise.sessions)
    start, end = exercise.sessions.index("WINDOWSTART"), exercise.sessions.index("WINDOWEND")
    ended = [row for row in rows if row[start] >= covered.since and row[end] < covered.until - GAP]
    return exercise.answer(ended, covered, known)


async def until_counted(client: KsqlClient, goal: Callable[[], Any], limit: float = 60.0) -> None:
    """Waits until the tables of new statements have taken in what was there. Raises PipelineError after `limit` s."""
    deadline = asyncio.get_running_loop().time() + limit
    while True:
        rows = await client.rows("SELECT HITS FROM TRAFFIC_PER_MIN;")
        if sum(row[0] for row in rows) >= goal():
            return
        if asyncio.get_running_loop().time() > deadline:
            raise PipelineError(f"The tables of the tasks had not taken in all clicks after {limit:.0f} s")
        await asyncio.sleep(0.5)
