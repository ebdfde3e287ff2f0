"""Alerts: rules over tables, topics and connectors, looked at again and again; what holds is raised once.

A rule is a table [[alerts]] of the settings. Kinds: `table` (a column of a ksqlDB table is above or below a limit, in
rows of the last `within`), `silence` (a topic got no record for a time), `connector` (a connector or task has failed).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.credentials import Secret
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_KNOWN = {
    "table": {"table", "column", "above", "below", "within"},
    "silence": {"topic", "for"},
    "connector": {"connector"},
}  # fmt: skip
_COMMON = {"name", "kind", "bell", "webhook_env"}
_WEBHOOK_LIMIT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `seconds` is the time a silence must last, or the age of the rows that count."""

    name: str
    kind: str
    target: str = ""  # the table, the topic or the connector ("" for any)
    column: str = ""
    above: float | None = None
    below: float | None = None
    seconds: float = 600.0
    bell: bool = False
    webhook: Secret = Secret()  # noqa: RUF009 - immutable


DEFAULT = (
    Rule("connector failed", "connector"),
    Rule("no clicks", "silence", "clickstream", seconds=60.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that holds, since when (seconds since the epoch), in words."""

    rule: Rule
    message: str
    since: float


def parse(tables: Any) -> tuple[Rule, ...]:
    """The rules of the settings. Raises PipelineError for one that cannot be."""
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise PipelineError("The settings' alerts are not rules", hint="Write each as a table: [[alerts]]")
    rules = tuple(_rule(table) for table in tables)
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise PipelineError(f"The settings have two alerts of the name '{name}'")
    return rules


def _rule(table: Mapping[str, Any]) -> Rule:
    name, kind = str(table.get("name", "")), str(table.get("kind", ""))
    where = f"The alert '{name}' of the settings"
    if not name:
        raise PipelineError("An alert of the settings has no name")
    if kind not in _KNOWN:
        raise PipelineError(f"{where} has no kind that is known", hint=f"Kinds are: {', '.join(_KNOWN)}")
    for key in table:
        if key not in _KNOWN[kind] | _COMMON:
            raise PipelineError(
                f"{where} has an unknown setting '{key}'",
                hint=f"Known are: {', '.join(sorted(_KNOWN[kind] | _COMMON))}",
            )
    above, below = (_number(table, limit, where) for limit in ("above", "below"))
    target, column = str(table.get({"silence": "topic"}.get(kind, kind), "")), str(table.get("column", ""))
    if kind == "table":
        if not _NAME.fullmatch(target) or not _NAME.fullmatch(column):
            raise PipelineError(f"{where} needs a `table` and a `column`, each a plain name")
        if (above is None) == (below is None):
            raise PipelineError(f"{where} needs either `above` or `below`")
    if kind == "silence" and not target:
        raise PipelineError(f"{where} needs a `topic`")
    webhook = Secret.from_environment(str(table["webhook_env"])) if "webhook_env" in table else Secret()
    seconds = _seconds(table.get("within" if kind == "table" else "for", "10m" if kind == "table" else "60s"), where)
    return Rule(name, kind, target, column, above, below, seconds, bool(table.get("bell", False)), webhook)


def _number(table: Mapping[str, Any], name: str, where: str) -> float | None:
    value = table.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise PipelineError(f"{where}: `{name}` is a number, not {value!r}")
    return value


def _seconds(text: Any, where: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", str(text))
    if found is None:
        raise PipelineError(f"{where}: a time is written as 30s, 10m or 1h, not {text!r}")
    return float(found[1]) * _UNITS[found[2]]


class Watch:
    """Looks at the rules. `look` gives what holds now; `news` what began to hold with the last look."""

    def __init__(self, rules: Iterable[Rule], clock: Callable[[], float] = time.time) -> None:
        self._rules = tuple(rules)
        self._clock = clock
        self._counts: dict[str, tuple[int, float]] = {}  # topic: its records, and when they last became more
        self.active: tuple[Alert, ...] = ()
        self.news: tuple[Alert, ...] = ()
        self.problems: dict[str, str] = {}  # rule: why it could not be looked at

    async def look(self, snapshot: Snapshot, ksqldb: KsqlClient) -> tuple[Alert, ...]:
        """One look at all rules; a rule that cannot be asked now keeps what it said before."""
        before = {alert.rule.name: alert for alert in self.active}
        found: list[Alert] = []
        self.problems = {}
        for rule in self._rules:
            try:
                message = await self._holds(rule, snapshot, ksqldb)
            except PipelineError as error:
                self.problems[rule.name] = error.message
                if rule.name in before:
                    found.append(before[rule.name])
                continue
            if message:
                since = before[rule.name].since if rule.name in before else self._clock()
                found.append(Alert(rule, message, since))
        self.active = tuple(found)
        self.news = tuple(alert for alert in found if alert.rule.name not in before)
        return self.active

    async def _holds(self, rule: Rule, snapshot: Snapshot, ksqldb: KsqlClient) -> str:
        if rule.kind == "connector":
            failed = [c.name for c in snapshot.connectors if c.failed and rule.target in ("", c.name)]
            return f"failed: {', '.join(failed)}" if failed else ""
        if rule.kind == "silence":
            return self._silence(rule, snapshot)
        return await self._rows(rule, snapshot, ksqldb)

    def _silence(self, rule: Rule, snapshot: Snapshot) -> str:
        topic = next((topic for topic in snapshot.topics if topic.name == rule.target), None)
        now = self._clock()
        if topic is None or topic.records is None:
            self._counts.pop(rule.target, None)
            return ""
        # what retention takes away must not look like silence: any change is a sign of life
        count, since = self._counts.get(rule.target, (topic.records, now))
        if topic.records != count:
            since = now
        self._counts[rule.target] = (topic.records, since)
        lasted = now - since
        return f"{rule.target} got no record for {lasted:.0f} s" if lasted >= rule.seconds else ""

    async def _rows(self, rule: Rule, snapshot: Snapshot, ksqldb: KsqlClient) -> str:
        table = rule.target.upper()
        if table not in {source.name for source in snapshot.sources}:
            return ""
        names, rows = await ksqldb.table(table)
        if rule.column.upper() not in names:
            raise PipelineError(f"The table {table} has no column {rule.column.upper()}")
        column = names.index(rule.column.upper())
        timed = next((names.index(each) for each in ("EVENT_TS", "WINDOWEND", "WINDOWSTART") if each in names), None)
        oldest = (self._clock() - rule.seconds) * 1000
        values = [
            row[column] for row in rows
            if isinstance(row[column], int | float) and (timed is None or (row[timed] or 0) >= oldest)
        ]  # fmt: skip
        if rule.above is not None:
            over = [value for value in values if value > rule.above]
            return f"{len(over)} × {rule.column} above {rule.above:g}, at most {max(over):,g}" if over else ""
        under = [value for value in values if rule.below is not None and value < rule.below]
        return f"{len(under)} × {rule.column} below {rule.below:g}, at least {min(under):,g}" if under else ""


async def call(alert: Alert) -> str:
    """Tells the rule's webhook; once, as it may not be repeated. Gives why that failed, "" where it did not."""
    body = {"alert": alert.rule.name, "message": alert.message, "since": alert.since}
    try:
        async with httpx.AsyncClient(timeout=_WEBHOOK_LIMIT) as client:
            answer = await client.post(alert.rule.webhook.reveal(), json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # the address may hold a secret, so neither it nor the error's text is shown
        return f"The webhook of the alert '{alert.rule.name}' does not answer ({type(error).__name__})"
    return "" if answer.is_success else f"The webhook of the alert '{alert.rule.name}' refused it: {answer.status_code}"
