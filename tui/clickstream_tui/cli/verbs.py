"""What the verbs do, each returning its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from clickstream_compose import doctor as checks
from clickstream_pipeline import sessionize as sessions
from clickstream_pipeline.errors import PipelineError, Unreachable
from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.operations import Operations
from clickstream_pipeline.session import PipelineSession
from clickstream_pipeline.stages import preflight
from clickstream_tui.cli import DONE, DOWN, FAILED
from clickstream_tui.cli.output import Format, Printer, print_table
from clickstream_tui.cli.session import pipeline, run, say
from clickstream_tui.composition import PROJECT, compose_folder, make_stack
from clickstream_tui.settings import Settings

# -- the stack -------------------------------------------------------------------------------------------------


def up(settings: Settings, through: str | None, timeout: float) -> int:
    async def work() -> int:
        stages = PipelineSession.stages(through)
        if stages[-1].name == "doctor":
            return _doctor(settings)
        for problem, cure in preflight(make_stack(settings)):
            raise PipelineError(problem, hint=cure)
        async with pipeline(settings, start=True) as opened:
            try:
                async with asyncio.timeout(timeout):
                    await _mend(opened, settings)
                    for stage in stages:
                        notes: list[str] = []
                        await stage.run(opened.context, notes.append)
                        changed = [note for note in notes if not note.endswith("exists")]
                        say(
                            f"✓ {stage.name:<11} {stage.title}"
                            + (f": {len(changed)} done" if changed else ": nothing to do")
                        )
            except TimeoutError:
                raise PipelineError(
                    f"`up` was not done after {timeout:.0f} s", hint="See: clickstream-tui status"
                ) from None
            await opened.stack.pin()
        say("The pipeline is ready. Probe at it with `clickstream-tui`, stop it with `clickstream-tui down`.")
        return DONE

    return run(work)


async def _mend(opened: PipelineSession, settings: Settings) -> None:
    with contextlib.suppress(PipelineError):  # Connect may not be there yet; the mark stays for the next start
        if not settings.read_only and await sessions.mend(opened.operations, opened.home):
            say(f"A sessionize had ended in its pause: {sessions.CONNECTOR} is resumed.")


def down(settings: Settings, *, volumes: bool) -> int:
    async def work() -> int:
        stack = make_stack(settings)
        if await stack.attach():
            await stack.shutdown()
            say("The stack is stopped.")
        else:
            say("The stack does not run.")
        if volumes:
            if settings.read_only:
                raise PipelineError("This is read-only mode, so the data was not deleted")
            for name in ("data", "commands.jsonl", "stack.json", "ports.json"):
                target = settings.home / name
                if target.is_dir():
                    await asyncio.to_thread(shutil.rmtree, target)
                else:
                    target.unlink(missing_ok=True)
            say("Its data is deleted.")
        return DONE

    return run(work)


def _plain(snapshot: Snapshot, verdict: str) -> dict[str, Any]:
    body = asdict(snapshot)
    for stage in body["stages"]:
        stage["state"] = stage["state"].value
    return {"status": verdict, "ready": snapshot.ready, **body}


def status(settings: Settings, form: Format) -> int:
    async def work() -> Snapshot:
        async with pipeline(settings) as opened:
            return await opened.monitor.poll()

    snapshot = run(work)
    down_now = not any(server.ok for server in snapshot.servers)
    verdict = "ready" if snapshot.ready else "down" if down_now else "degraded"
    if form is not Format.table:
        print(json.dumps(_plain(snapshot, verdict), indent=1 if form is Format.json else None, default=str))
    else:
        print(f"The pipeline is {verdict}.\n")
        print_table(("stage", "state", "reason"), [(s.name, s.state.value, s.reason) for s in snapshot.stages])
        print()
        services = [
            (s.name, s.state, "ready" if s.ready else "not ready", s.address, s.restarts, s.reason)
            for s in snapshot.services
        ]
        print_table(("service", "state", "ready", "address", "restarts", "reason"), services)
        print()
        _print_connectors(snapshot)
        print()
        print_table(("query", "state", "sink"), [(q.query_id, q.state, ", ".join(q.sinks)) for q in snapshot.queries])
        print()
        print_table(("index", "documents"), [(i.name, i.documents) for i in snapshot.indices])
        for server in snapshot.servers:
            if not server.ok:
                say(server.reason)
    return DONE if verdict == "ready" else DOWN if down_now else FAILED


def _print_connectors(snapshot: Snapshot) -> None:
    rows = [
        (c.name, c.kind, c.state, " ".join(t.state for t in c.tasks), ", ".join(c.topics)) for c in snapshot.connectors
    ]
    print_table(("connector", "type", "state", "tasks", "topics"), rows)


def doctor(settings: Settings, *, fix: bool) -> int:
    if settings.profile == "docker":
        return run(lambda: _docker_doctor(fix=fix))
    if fix:
        say("There is nothing that can be fixed safely in profile embedded.")
    return _doctor(settings)


async def _docker_doctor(*, fix: bool) -> int:
    folder = compose_folder()
    found = checks.problems(await checks.gather(folder, PROJECT))
    left = 0
    for problem in found:
        say(f"✗ {problem.check}: {problem.cause}. {problem.cure}.")
        if fix and problem.fix is not None:
            say(f"  fixing: {problem.cure}")
            problem.fix()
        else:
            left += 1
    if not found:
        say("✓ Nothing keeps the Docker stack from working.")
    return FAILED if left else DONE


def _doctor(settings: Settings) -> int:
    problems = preflight(make_stack(settings))
    for problem, cure in problems:
        say(f"✗ {problem}. {cure}.")
    if not problems:
        say("✓ Nothing keeps the embedded stack from working.")
    return FAILED if problems else DONE


# -- topics and connectors -------------------------------------------------------------------------------------


def _act(settings: Settings, call: Callable[[Operations], Awaitable[object]], said: str) -> int:
    """One operation, and what is said once it is done."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            await call(opened.operations)
        say(said)
        return DONE

    return run(work)


def topics(settings: Settings, form: Format) -> int:
    async def work() -> int:
        async with pipeline(settings) as opened:
            printer = Printer(form, ("name", "partitions", "internal"))
            for topic in await opened.kafka.topics():
                printer.row([topic.name, topic.partitions, topic.internal])
            printer.end()
        return DONE

    return run(work)


def topic_create(settings: Settings, name: str, partitions: int, config: dict[str, str]) -> int:
    return _act(
        settings, lambda operations: operations.create_topic(name, partitions, config), f"The topic {name} is created."
    )


def topic_describe(settings: Settings, name: str) -> int:
    async def work() -> int:
        async with pipeline(settings) as opened:
            print(json.dumps(await opened.kafka.describe_topic(name), indent=1))
        return DONE

    return run(work)


def topic_delete(settings: Settings, name: str) -> int:
    return _act(settings, lambda operations: operations.delete_topic(name), f"The topic {name} is deleted.")


def connectors(settings: Settings, form: Format) -> int:
    async def work() -> int:
        async with pipeline(settings) as opened:
            printer = Printer(form, ("name", "type", "state", "tasks", "topics"))
            for c in await opened.connect.connectors():
                printer.row([c.name, c.kind, c.state, [t.state for t in c.tasks], list(c.topics)])
            printer.end()
        return DONE

    return run(work)


def connector_act(settings: Settings, action: str, name: str) -> int:
    return _act(settings, lambda operations: operations.connector(action, name), f"{name}: {action} done.")


def connector_describe(settings: Settings, name: str) -> int:
    async def work() -> int:
        async with pipeline(settings) as opened:
            found = next((c for c in await opened.connect.connectors() if c.name == name), None)
            if found is None:
                raise PipelineError(
                    f"There is no connector '{name}' at {opened.addresses.connect}",
                    hint="List them: clickstream-tui connectors",
                )
            body = asdict(found)
            body["config"] = dict(found.config)
            print(json.dumps(body, indent=1))
        return DONE

    return run(work)


def connector_create(settings: Settings, name: str, config: dict[str, str]) -> int:
    return _act(
        settings, lambda operations: operations.create_connector(name, config), f"The connector {name} is created."
    )


def sessionize(settings: Settings, seconds: float, pause: float, cycles: int) -> int:
    async def work() -> int:
        async with pipeline(settings) as opened:
            if not await opened.stack.attach():
                raise Unreachable("The embedded stack does not run", hint="Start it with: clickstream-tui up")
            await _mend(opened, settings)
            async for phase in (phases := sessions.sessionize(opened.operations, opened.home, seconds, pause, cycles)):
                say(f"cycle {phase.cycle}: {phase.name} for {phase.seconds:g} s")
            await phases.aclose()
        return DONE

    return run(work)


def serve(settings: Settings, host: str, port: int) -> int:
    from textual_serve.server import Server

    if host not in ("127.0.0.1", "localhost", "::1"):
        say(f"Warning: anybody who can reach {host}:{port} can use this console.")
    command = f"{sys.executable} -m clickstream_tui --home {settings.home}"
    Server(command, host=host, port=port, title="clickstream-tui").serve()
    return DONE
