"""`report DIR`: an account of the run in Markdown, with a picture of each pane."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clickstream_pipeline import exercises
from clickstream_pipeline.errors import PipelineError, Unreachable
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.stages import STAGES
from clickstream_tui.app import ConsoleApp
from clickstream_tui.cli.exit_codes import DONE
from clickstream_tui.cli.session import pipeline, run
from clickstream_tui.key_tables import SCREENS
from clickstream_tui.panes.base import Pane
from clickstream_tui.screens.dashboard import DashboardScreen
from clickstream_tui.settings import Settings
from clickstream_widgets.safe_text import one_line

SIZE = (150, 46)
_PICTURES_WAIT = 20.0  # seconds for the panes to have data
_FULL_MINUTE = 75.0  # seconds within which a whole minute of clicks is there


def report(settings: Settings, directory: Path, say: Any) -> int:
    """Writes the report. Raises PipelineError."""

    async def work() -> int:
        started = time.monotonic()
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PipelineError(f"The folder {directory} cannot be made ({error.strerror})") from error
        async with pipeline(settings) as opened:
            snapshot = await opened.monitor.poll()
            if snapshot.is_down:
                raise Unreachable("The pipeline does not run", hint="Start it with: clickstream-tui up")
            answers, covered = await _answers(opened, settings, say)
            snapshot = await opened.monitor.poll()
            say("Taking a picture of each pane …")
            pictures = await _pictures(settings, directory)
            text = compose(opened, snapshot, answers, covered, pictures, time.monotonic() - started)
        _write(directory / "report.md", text)
        figures = {"since": covered.since, "until": covered.until, "threshold": exercises.THRESHOLD,
                   "answers": {name: {"words": a.words, "figures": a.figures} for name, a in answers.items()}}  # fmt: skip
        _write(directory / "answers.json", json.dumps(figures, indent=1))
        say(f"The report is in {directory / 'report.md'}.")
        return DONE

    return run(work)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise PipelineError(f"{path} cannot be written ({error.strerror})") from error


async def _answers(
    opened: PipelineSession, settings: Settings, say: Any
) -> tuple[dict[str, exercises.Answer], exercises.Span]:
    if settings.read_only:
        if not exercises.are_there(source.name for source in await opened.ksqldb.sources()):
            raise PipelineError("The tables of the tasks are missing, and read-only mode makes none",
                                hint="Run the report once without --read-only")  # fmt: skip
    elif await exercises.prepare(opened.context):
        say("The tables of the six tasks are made; waiting until they have counted the clicks so far …")
    before = (await opened.kafka.describe_topic("clickstream"))["partitions"]
    clicks = sum(partition["next"] - partition["first"] for partition in before)
    # what cannot be read as a click is in the topic and not in the tables
    await exercises.until_counted(opened.ksqldb, lambda: clicks * 0.999)
    deadline = time.monotonic() + _FULL_MINUTE
    covered = await exercises.span(opened.ksqldb)
    if not covered.minutes:
        say("Waiting for the first whole minute of clicks …")
    while not covered.minutes and time.monotonic() < deadline:
        await asyncio.sleep(1)
        covered = await exercises.span(opened.ksqldb)
    known = await exercises.names(opened.ksqldb)
    return {
        task.name: await exercises.answer(opened.ksqldb, task, covered, known, opened.kafka)
        for task in exercises.EXERCISES
    }, covered


async def _pictures(settings: Settings, directory: Path) -> list[tuple[str, str]]:
    """(title, file) of each pane, full screen, and of all of them."""
    app = ConsoleApp(settings)
    taken: list[tuple[str, str]] = []

    def take(title: str, name: str) -> None:
        _write(directory / name, app.export_screenshot(title=f"clickstream-tui: {title}"))
        taken.append((title, name))

    async with app.run_test(size=SIZE) as pilot:
        deadline = time.monotonic() + _PICTURES_WAIT
        while not (app.snapshot.ready and app.has_charts) and time.monotonic() < deadline:
            await pilot.pause(0.2)
        take("all panes", "console.svg")
        panes = sorted(app.query(Pane), key=lambda pane: pane.number)
        app.action_maximise()
        for pane in panes:
            app.action_pane(pane.number)
            await pilot.pause(0.3)
            take(pane.title, f"{pane.title.lower()}.svg")
        app.action_maximise()
        for name in SCREENS:
            await app.action_browse(name)
            await pilot.pause(1.5)
            take(name.title(), f"{name}.svg")
            app.pop_screen()
        app.action_dashboard()
        deadline = time.monotonic() + _PICTURES_WAIT
        while isinstance(app.screen, DashboardScreen) and not app.screen.is_filled and time.monotonic() < deadline:
            await pilot.pause(0.2)
        take("Dashboard", "dashboard.svg")
        app.exit()
    await asyncio.to_thread(_render, [directory / file for _, file in taken])
    return taken


def _render(pictures: list[Path]) -> None:
    """Makes a PNG of each picture where librsvg's renderer is installed; the report itself shows the SVG."""
    renderer = shutil.which("rsvg-convert")
    for picture in pictures if renderer else ():
        command = [str(renderer), "-w", "1600", str(picture), "-o", str(picture.with_suffix(".png"))]
        subprocess.run(command, capture_output=True, check=False, timeout=60)


def _table(columns: tuple[str, ...], rows: Any) -> list[str]:
    def cell(value: Any) -> str:
        return re.sub(r"([|\\`*_<>])", r"\\\1", one_line(str(value)))

    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return [*lines, *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows), ""]


def _fenced(text: str, language: str = "") -> list[str]:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return [f"{fence}{language}", text.strip("\n"), fence, ""]


def compose(
    opened: PipelineSession, snapshot: Snapshot, answers: dict[str, exercises.Answer], covered: exercises.Span,
    pictures: list[tuple[str, str]], seconds: float,
) -> str:  # fmt: skip
    """The report's Markdown."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    state = "ready" if snapshot.ready else "not ready"
    lines = ["# The clickstream pipeline: an account of a run", ""]
    lines += [f"Written {now}, in {seconds:.0f} s. The pipeline is {state}.", ""]
    if pictures:
        lines += [f"![{pictures[0][0]}]({pictures[0][1]})", ""]
    lines += ["## The six tasks", "", f"Figures of whole minutes: {covered}.", ""]
    for number, task in enumerate(exercises.EXERCISES, 1):
        answer = answers[task.name]
        lines += [f"### {number}. {task.title}", "", f"*{task.question}*", "", answer.words, ""]
        lines += _table(answer.columns, answer.rows) if answer.rows else ["There is nothing to list.", ""]
        lines += _fenced("\n\n".join(text for _, text in exercises.statements(task)), "sql")
        asked = "Read from the topic of the table; it changes as this shows:" if task.sessions else "Asked with:"
        lines += [asked, "", *_fenced(task.select(covered), "sql")]
    lines += ["## Stages", ""]
    lines += _table(
        ("stage", "state", "remark"), [(s.name, s.state.value, s.reason or s.title) for s in snapshot.stages]
    )
    for stage in STAGES:
        requests = stage.requests(opened.context)
        if requests:
            lines += [f"### Requests of the stage {stage.name}", "", *_fenced("\n".join(requests), "sh")]
    lines += ["## Services", ""]
    services = [(s.name, "ready" if s.ready else s.state, s.address, s.restarts, f"{s.cpu_percent:.0f}%",
                 f"{s.memory / 2**20:.0f} MiB") for s in snapshot.services]  # fmt: skip
    lines += _table(("service", "state", "address", "restarts", "cpu", "memory"), services)
    lines += ["## Connectors", ""]
    lines += _table(("connector", "type", "state", "topics"),
                    [(c.name, c.kind, c.state, ", ".join(c.topics)) for c in snapshot.connectors])  # fmt: skip
    lines += ["## Queries", ""]
    lines += _table(("query", "state", "sink"), [(q.query_id, q.state, ", ".join(q.sinks)) for q in snapshot.queries])
    lines += ["## Indices", "", *_table(("index", "documents"), [(i.name, i.documents) for i in snapshot.indices])]
    lines += ["## What was changed, and when", "", *_history(opened)]
    lines += ["## Pictures", ""]
    for title, file in pictures[1:]:
        lines += [f"### {title}", "", f"![{title}]({file})", ""]
    return "\n".join(lines)


def _history(opened: PipelineSession) -> list[str]:
    """The command log as it stands in its file: time, seconds since the command before, the line."""
    entries = opened.log.saved()
    if not entries:
        return ["Nothing was changed through this console.", ""]
    lines: list[str] = []
    before = entries[0].at
    for entry in entries:
        moment = datetime.fromtimestamp(entry.at, UTC).strftime("%H:%M:%S")
        lines.append(f"# {moment} (+{entry.at - before:.1f} s){' failed: ' + entry.failure if entry.failure else ''}")
        lines.append(entry.line)
        before = entry.at
    return _fenced("\n".join(lines), "sh")
