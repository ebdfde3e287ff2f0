"""Longer texts of the console: alerts, the command log, the events."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from clickstream_pipeline import alerts
from clickstream_pipeline.command_log import Command
from clickstream_pipeline.model import PipelineEvent


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S")


def alerts_text(watch: alerts.Watch, rules: Iterable[alerts.Rule]) -> str:
    """What holds now, what could not be looked at, and all rules."""
    now = time.time()
    lines = [f"⚠ {a.rule.name}, for {now - a.since:.0f} s: {a.message}" for a in watch.active] or ["Nothing holds."]
    lines += [f"? {name} could not be looked at: {problem}" for name, problem in watch.problems.items()]
    return "\n".join(
        [*lines, "", "Rules ([[alerts]] in the settings):", *(f"  {r.name} ({r.kind} {r.target})" for r in rules)]
    )


def command_text(commands: Iterable[Command]) -> str:
    """Every request that changed something, with its time and outcome, as a line for a shell."""
    lines: list[str] = []
    for command in reversed([*commands]):
        took = "" if command.seconds is None else f", {command.seconds:.2f} s"
        lines.append(
            f"# {_clock(command.at)} {f'failed: {command.failure}' if command.failure else 'done'}{took}\n{command.line}"
        )
    return "\n\n".join(lines) or "Nothing was changed yet."


def events_text(events: Iterable[PipelineEvent]) -> str:
    """What happened: when, who, what, and how it ended."""
    lines: list[str] = []
    for event in reversed([*events]):
        took = "" if event.seconds is None else f" ({event.seconds:.2f} s)"
        target = " ".join(part for part in (event.kind, event.target) if part and part not in event.action)
        what = " ".join(part for part in (event.action, target) if part)
        lines.append(
            f"{_clock(event.at / 1000)}  {event.who:<9} {what}" + (f": {event.outcome}" if event.outcome else "") + took
        )
    return "\n".join(lines) or "Nothing happened yet."
