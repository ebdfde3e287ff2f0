"""Alerts: rules over tables, topics and connectors, looked at again and again; what holds is raised once.

The rules themselves, and how the settings write them, are in `alert_rules`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clickstream_pipeline.alert_rules import Rule, parse
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Health, Snapshot

if TYPE_CHECKING:
    from clickstream_pipeline.clients.ksqldb import KsqlClient

_WEBHOOK_LIMIT = 5.0  # seconds


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
            failed = [
                c.name for c in snapshot.connectors
                if (c.health is Health.FAILED or (c.failed and c.health is Health.UNKNOWN)) and rule.target in ("", c.name)
            ]  # fmt: skip
            return f"failed: {', '.join(failed)}" if failed else ""
        if rule.kind == "health":
            return self._health(rule, snapshot)
        if rule.kind == "silence":
            return self._silence(rule, snapshot)
        return await self._rows(rule, snapshot, ksqldb)

    @staticmethod
    def _health(rule: Rule, snapshot: Snapshot) -> str:
        levels = {Health.FAILED} if rule.level == "failed" else {Health.FAILED, Health.DEGRADED}
        ill = [each for each in snapshot.problems if each.health in levels and rule.target in ("", each.name)]
        more = f" and {len(ill) - 1} more" if len(ill) > 1 else ""
        return f"{ill[0].kind} {ill[0].name} is {ill[0].health.value}: {ill[0].why}{more}" if ill else ""

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
    import httpx  # a webhook is the only thing of an alert that needs it

    body = {"alert": alert.rule.name, "message": alert.message, "since": alert.since}
    try:
        async with httpx.AsyncClient(timeout=_WEBHOOK_LIMIT) as client:
            answer = await client.post(alert.rule.webhook.reveal(), json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # the address may hold a secret, so neither it nor the error's text is shown
        return f"The webhook of the alert '{alert.rule.name}' does not answer ({type(error).__name__})"
    return "" if answer.is_success else f"The webhook of the alert '{alert.rule.name}' refused it: {answer.status_code}"


__all__ = ["DEFAULT", "Alert", "Rule", "Watch", "call", "parse"]
