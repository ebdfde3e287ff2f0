"""Longer texts of the console: alerts, the command log, the events."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from clickstream_pipeline import alerts
from clickstream_pipeline.model import PipelineEvent, Snapshot


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


def event_what(event: PipelineEvent) -> str:
    """What was done or seen, with its target: `connector es_sink_X failed`."""
    target = " ".join(part for part in (event.kind, event.target) if part and part not in event.action)
    order = (target, event.action) if event.who == "pipeline" else (event.action, target)
    return " ".join(part for part in order if part)


def without_name(text: str, name: str) -> str:
    """A sentence about a thing beside the thing's name: `is PAUSED`, not `es_sink_X is PAUSED`."""
    return text.removeprefix(name).lstrip() if name and text.startswith(f"{name} ") else text


def event_clock(event: PipelineEvent) -> str:
    """When it happened, on the clock of the wall."""
    return _clock(event.at / 1000)


def event_took(event: PipelineEvent) -> str:
    """How long it took, "" where that says nothing."""
    return "" if event.seconds is None else f"{event.seconds:.2f} s"


def event_line(event: PipelineEvent) -> str:
    """An event as one line: when, what, and how it ended."""
    outcome = f": {without_name(event.outcome, event.target)}" if event.outcome else ""
    if event.line:
        return f"{event_clock(event)} {event.line}{outcome}"
    return f"{event_clock(event)} {event_what(event)}{outcome}"


def event_text(event: PipelineEvent) -> str:
    """An event in full, with its line for a shell where there is one."""
    when = datetime.fromtimestamp(event.at / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    facts = [("time", when), ("who", event.who), ("what", event_what(event)), ("outcome", event.outcome or "–"),
             ("took", event_took(event) or "–")]  # fmt: skip
    lines = [f"{name:<8} {value}" for name, value in facts]
    return "\n".join([*lines, *(["", "As a line of a shell (y copies it):", event.line] if event.line else [])])


def badges_text(first: str, snapshot: Snapshot) -> str:
    """What a screen over the home screen tells of it: the profile or what is special, and how much is wrong."""
    count = len(snapshot.problems)
    return f" {first}" + (f"  ✗ {count} problem{'s' if count > 1 else ''}" if count else "")


def servers_text(snapshot: Snapshot, width: int) -> str:
    """Which servers answer, and how long ago one that does not did; short where all do and there is little room."""
    servers = snapshot.servers
    if width < 120 and servers and all(server.ok for server in servers):
        return "✓ all servers"
    now = time.monotonic()
    ages = ["" if each.ok or each.since is None else f" ({now - each.since:.0f}s ago)" for each in servers]
    return "  ".join(f"{'✓' if s.ok else '✗'} {s.name}{age}" for s, age in zip(servers, ages, strict=True))
