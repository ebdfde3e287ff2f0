"""What the verbs do, each returning its exit code."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from clickstream_ksql import ast, classify
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import iter_parse
from clickstream_ksql.session import Session, UndefinedVariable
from clickstream_pipeline import charts
from clickstream_pipeline import quickstart as steps
from clickstream_pipeline import sessionize as sessions
from clickstream_pipeline.decode import decode
from clickstream_pipeline.errors import PipelineError, Unreachable
from clickstream_pipeline.model import Record, Snapshot
from clickstream_pipeline.operations import Operations
from clickstream_pipeline.pipeline import Pipeline
from clickstream_pipeline.record_filter import by_field
from clickstream_pipeline.recording import Recorder
from clickstream_pipeline.stages import EARLIEST, preflight
from clickstream_pipeline.tail_buffer import TailBuffer
from clickstream_stack import doctor as checks
from clickstream_tui.cli import DONE, DOWN, FAILED
from clickstream_tui.cli.output import Format, Printer, harmless, print_table
from clickstream_tui.cli.session import pipeline, run
from clickstream_tui.composition import PROJECT, compose_folder, make_stack
from clickstream_tui.settings import Settings


def say(text: str) -> None:
    """Progress and remarks go to stderr; stdout is for data."""
    print(text, file=sys.stderr, flush=True)


# -- the stack -------------------------------------------------------------------------------------------------


def up(settings: Settings, through: str | None, timeout: float) -> int:
    async def work() -> int:
        stages = Pipeline.stages(through)
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
        say("The pipeline is ready. Look at it with `clickstream-tui`, stop it with `clickstream-tui down`.")
        return DONE

    return run(work)


async def _mend(opened: Pipeline, settings: Settings) -> None:
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


# -- statements ------------------------------------------------------------------------------------------------


def query(
    settings: Settings, text: str, limit: int | None, timeout: float | None, variables: dict[str, str], form: Format
) -> int:
    async def work() -> int:
        session = Session(properties=dict(EARLIEST), variables={k.upper(): v for k, v in variables.items()})
        async with pipeline(settings) as opened:
            try:
                for number, parsed in enumerate(iter_parse(session.substitute(text)), 1):
                    try:
                        session = await _statement(opened, parsed.statement, parsed.text, session, limit, timeout, form)
                    except PipelineError:
                        say(f"Statement {number} failed; the ones before it are done.")
                        raise
            except UndefinedVariable as error:
                raise PipelineError(str(error)) from error
            except KsqlSyntaxError as error:
                raise PipelineError(
                    f"This is not a ksqlDB statement: {error.message}", hint=error.statement.strip()
                ) from error
        return DONE

    return run(work)


async def _statement(
    opened: Pipeline, statement: ast.Statement, text: str, session: Session, limit: int | None, timeout: float | None, form: Format
) -> Session:  # fmt: skip
    if isinstance(statement, ast.Print):
        await _print(opened, text, limit, timeout)
    elif isinstance(statement, ast.QueryStatement):
        await _rows(opened, text, session, limit, timeout, form)
    elif classify.effect(statement) is classify.Effect.SESSION and not isinstance(statement, ast.Assert):
        return session.apply(statement)
    else:
        reads = classify.effect(statement) is not classify.Effect.CHANGES
        execute = opened.ksqldb.execute if reads else opened.operations.statement
        for entity in await execute(text, session.properties):
            print_entity(entity, form)
    return session


async def _rows(
    opened: Pipeline, text: str, session: Session, limit: int | None, timeout: float | None, form: Format
) -> None:
    async with opened.ksqldb.stream(text, session.properties) as stream:
        printer = Printer(form, stream.header.names)
        count = 0
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    async for row in stream:
                        printer.row(row)
                        count += 1
                        if limit is not None and count >= limit:
                            break
        finally:
            printer.end()


async def _print(opened: Pipeline, text: str, limit: int | None, timeout: float | None) -> None:
    count = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            async for line in opened.ksqldb.print_topic(text):
                print(harmless(line), flush=True)
                count += line.startswith("rowtime:")
                if limit is not None and count >= limit:
                    return


def print_entity(entity: dict[str, Any], form: Format) -> None:
    """One entity of a /ksql answer."""
    if form in (Format.json, Format.jsonl):
        print(json.dumps(entity, indent=1 if form is Format.json else None, ensure_ascii=False))
        return
    if entity.get("@type") == "currentStatus":
        print(harmless(entity["commandStatus"]["message"]))
        return
    listed = next(
        (value for value in entity.values() if isinstance(value, list) and value and isinstance(value[0], dict)), None
    )
    if listed is None:
        rest = {k: v for k, v in entity.items() if k not in ("@type", "statementText", "warnings")}
        print(json.dumps(rest, indent=1, ensure_ascii=False))
        return
    columns = list(listed[0])
    printer = Printer(form, columns)
    for row in listed:
        printer.row([row.get(column) for column in columns])
    printer.end()


# -- records ---------------------------------------------------------------------------------------------------


def _start(text: str) -> str:
    if text in ("beginning", "end") or re.fullmatch(r"-\d+|\d+", text):
        return text
    try:
        return str(int(datetime.fromisoformat(text).timestamp() * 1000))
    except ValueError:
        raise PipelineError(
            f"'{text}' is no place to start from", hint="Use beginning, end, -N or a timestamp"
        ) from None


def _any_record(_: Record) -> bool:
    return True


def quickstart(settings: Settings, name: str | None) -> int:
    """Does one step of Kafka's quickstart, or says of each whether it is done."""

    async def work() -> int:
        chosen = None if name is None else steps.step(name)
        async with pipeline(settings, start=chosen is not None and chosen.name == "start") as opened:
            if chosen is not None:
                for line in (await chosen.run(opened)).splitlines():
                    print(harmless(line))
                return DONE
            for number, step in enumerate(steps.STEPS, 1):
                try:
                    missing = await step.check(opened)
                except PipelineError as error:
                    missing = error.message
                print(
                    harmless(f"{'○' if missing else '✓'} {number}  {step.title}" + (f": {missing}" if missing else ""))
                )
                for command in step.commands:
                    print(f"     {command}")
            return DONE

    return run(work)


def record(settings: Settings, file: Path, seconds: float | None) -> int:
    """Records the pipeline until it is interrupted, or for some seconds."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            if not any(server.ok for server in (await opened.monitor.poll()).servers):
                raise Unreachable("The pipeline does not run", hint="Start it with: clickstream-tui up")
            recorder = Recorder(file, settings.profile)
            say(f"Recording to {file}; ctrl+c ends it.")
            try:
                async with asyncio.timeout(seconds):
                    await _keep(opened, recorder)
            except TimeoutError:
                pass
            finally:
                recorder.close()
                say(f"{recorder.events} moments are in {file}. Look at them with: clickstream-tui --replay {file}")
        return DONE

    return run(work)


async def _keep(opened: Pipeline, recorder: Recorder) -> None:
    """Gives the recorder what a console would show, until it is cancelled or the file is full."""
    feed, buffer = charts.Feed(), TailBuffer[Any]()
    reader = opened.kafka.raw_tail("clickstream", "-200", buffer.add, lambda _: None)
    try:
        while not recorder.is_full:
            recorder.snapshot(await opened.monitor.poll())
            for _ in range(4):
                messages = buffer.take()
                feed.bandwidth.add_messages(messages)
                recorder.records([decode(message) for message in messages[-200:]], buffer.received)
                await asyncio.sleep(0.25)
            for name in charts.NAMES:
                with contextlib.suppress(PipelineError):  # the snapshot tells which server does not answer
                    lines = await feed.lines(name, opened.ksqldb, opened.monitor.snapshot.sources)
                    recorder.chart(name, lines or ())
        say("The recording is full: it holds 512 MiB.")
    finally:
        reader.stop()


def tail(
    settings: Settings, topic: str, start: str, where: str | None, grep: str | None, limit: int | None, form: Format
) -> int:
    place, condition = _start(start), by_field(where) if where is not None else _any_record
    try:
        pattern = re.compile(grep) if grep else None
    except re.error as error:
        raise PipelineError(f"'{grep}' is no regular expression: {error}") from error

    async def work() -> int:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[list[Record] | str] = asyncio.Queue(100)

        def deliver(item: Any) -> None:
            # waits for room, so that a slow reader slows the consumer instead of filling the memory
            with contextlib.suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()

        async with pipeline(settings) as opened:
            known = {each.name for each in await opened.kafka.topics()}
            if topic not in known:
                raise PipelineError(
                    f"There is no topic '{topic}' at {opened.kafka.bootstrap}", hint="List them: clickstream-tui topics"
                )
            reader = opened.kafka.tail(topic, place, deliver, deliver)
            try:
                return await _show_records(queue, condition, pattern, limit, form)
            finally:
                reader.stop()
                while not queue.empty():
                    queue.get_nowait()

    return run(work)


async def _show_records(
    queue: Any, condition: Any, pattern: re.Pattern[str] | None, limit: int | None, form: Format
) -> int:
    columns = ("time", "partition", "offset", "key", "window", "value")
    printer = Printer(Format.jsonl if form is Format.json else form, columns) if form is not Format.table else None
    count = 0
    while limit is None or count < limit:
        item = await queue.get()
        if isinstance(item, str):
            say(item)
            continue
        for record in item:
            text = f"{record.key} {json.dumps(record.value, ensure_ascii=False)}"
            if not condition(record) or (pattern is not None and not pattern.search(text)):
                continue
            window = None if record.window is None else list(record.window)
            if printer is None:
                moment = datetime.fromtimestamp(record.timestamp / 1000).isoformat(timespec="milliseconds")
                shown = "" if window is None else f" window={window}"
                print(
                    f"{moment} {record.partition}:{record.offset} {harmless(record.key)}{shown} {harmless(record.value)}",
                    flush=True,
                )
            else:
                printer.row([record.timestamp, record.partition, record.offset, record.key, window, record.value])
            count += 1
            if limit is not None and count >= limit:
                break
    return DONE


def produce(settings: Settings, topic: str, key: str | None, file: Path | None) -> int:
    async def work() -> int:
        lines = (sys.stdin.read() if file is None else file.read_text("utf-8")).splitlines()
        async with pipeline(settings) as opened:
            for line in lines:
                await opened.operations.produce(topic, None if key is None else key.encode(), line.encode())
        say(f"{len(lines)} records written to {topic}.")
        return DONE

    try:
        return run(work)
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error


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
