"""`status`: how the pipeline is, by the same health as the console shows."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from clickstream_pipeline.model import Health, Query, Snapshot, StageState, StageStatus
from clickstream_tui.cli.exit_codes import DONE, DOWN, FAILED
from clickstream_tui.cli.output import Format, Printer, harmless, print_table
from clickstream_tui.cli.session import not_running, pipeline, run, say
from clickstream_tui.settings import Settings

_KINDS = {"service": "services", "stage": "stages", "connector": "connectors", "query": "queries", "topic": "topics",
          "index": "indices"}  # fmt: skip


def status(settings: Settings, form: Format) -> int:
    """Prints the state; gives 0 for ready, 1 for degraded, 2 for down."""

    async def work() -> Snapshot:
        if (absent := await not_running(settings)) is not None:
            return _absent(str(absent))
        async with pipeline(settings) as opened:
            return await opened.monitor.poll()

    snapshot = run(work)
    verdict = "down" if snapshot.is_down else "ready" if snapshot.health is Health.OK and snapshot.ready else "degraded"
    if form in (Format.json, Format.jsonl):
        print(json.dumps(_body(snapshot, verdict), indent=1 if form is Format.json else None, default=str))
    elif form is Format.csv:
        _print_csv(snapshot)
    else:
        _print_tables(snapshot, verdict)
    return {"ready": DONE, "degraded": FAILED, "down": DOWN}[verdict]


def _absent(reason: str) -> Snapshot:
    """What there is to say of a stack that does not run: nothing was asked."""
    from clickstream_pipeline.model import Reachability
    from clickstream_pipeline.stages import STAGES

    now = int(time.time() * 1000)
    stages = tuple(
        StageStatus(
            each.name, each.title, StageState.OPTIONAL if each.optional else StageState.TODO, reason,
            Health.UNKNOWN, now, reason,
        )
        for each in STAGES
    )  # fmt: skip
    return Snapshot(stages=stages, servers=(Reachability("stack", "", False, reason),), at=now, health=Health.FAILED)


def _body(snapshot: Snapshot, verdict: str) -> dict[str, Any]:
    body = asdict(snapshot)
    for stage in body["stages"]:
        stage["state"] = stage["state"].value
    problems = [asdict(problem) for problem in snapshot.problems]
    return {"status": verdict, "ready": snapshot.ready and snapshot.health is Health.OK, "problems": problems, **body}


def _parts(snapshot: Snapshot) -> list[tuple[str, str, str, Any]]:
    """(kind, name, state, part) of every part."""
    found: list[tuple[str, str, str, Any]] = []
    for kind, field in _KINDS.items():
        for part in getattr(snapshot, field):
            state = getattr(part, "state", "")
            name = part.query_id if isinstance(part, Query) else part.name
            found.append((kind, name, state.value if isinstance(state, StageState) else state, part))
    return found


def _print_csv(snapshot: Snapshot) -> None:
    printer = Printer(Format.csv, ("kind", "name", "state", "health", "since", "why"))
    for kind, name, state, part in _parts(snapshot):
        printer.row([kind, name, state, part.health.value, part.since, part.why])
    printer.end()


def _print_tables(snapshot: Snapshot, verdict: str) -> None:
    print(f"The pipeline is {verdict}.\n")
    for server in snapshot.servers:
        if not server.ok:
            say(harmless(server.reason))
    print_table(("stage", "state", "reason"), [(s.name, s.state.value, s.reason) for s in snapshot.stages])
    if not snapshot.services and snapshot.is_down:
        return
    print()
    print_table(
        ("service", "health", "state", "address", "version", "restarts", "reason"),
        [(s.name, s.health, s.state, s.address, s.version, s.restarts, s.why or s.reason) for s in snapshot.services],
    )
    print()
    print_table(
        ("connector", "health", "type", "state", "tasks", "lag", "topics", "why"),
        [(c.name, c.health, c.kind, c.state, [t.state for t in c.tasks], _number(c.lag), c.topics, c.why)
         for c in snapshot.connectors],
    )  # fmt: skip
    print()
    print_table(
        ("query", "health", "state", "lag", "sink", "why"),
        [(q.query_id, q.health, q.state, _number(q.lag), q.sinks, q.why) for q in snapshot.queries],
    )
    print()
    print_table(
        ("index", "health", "documents", "why"), [(i.name, i.health, i.documents, i.why) for i in snapshot.indices]
    )


def _number(value: int | None) -> str:
    """A number, `–` where it is not known."""
    return "–" if value is None else str(value)
