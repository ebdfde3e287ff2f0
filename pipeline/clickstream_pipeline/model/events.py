"""What happened, as a list: changes of health, restarts, commands, alerts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PipelineEvent:
    """One thing that happened.

    Args:
        at: when, in ms since the epoch.
        who: `operator`, `pipeline`, `alert`, or the server that did it.
        action: what was done or seen: `pause`, `restart`, `failed`, `recovered` …
        kind: what the target is: service, connector, query, topic, index, stage, server, group; "" for none.
        target: its name.
        outcome: "" or `done` for well, else the reason in one sentence.
        seconds: how long it took, None where that says nothing.
        line: the request as a line of a shell, where there was one.
    """

    at: int
    who: str
    action: str
    kind: str = ""
    target: str = ""
    outcome: str = ""
    seconds: float | None = None
    line: str = ""
