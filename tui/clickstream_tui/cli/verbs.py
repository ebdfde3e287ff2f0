"""The verbs over the whole stack: up, down, sessionize, profiles."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time

from clickstream_pipeline import sessionize as sessions
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.operations import ReadOnly
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.cli.doctor import doctor, findings
from clickstream_tui.cli.exit_codes import DONE, DOWN
from clickstream_tui.cli.output import Format, Printer
from clickstream_tui.cli.session import pipeline, run, say
from clickstream_tui.composition import check_servers, make_stack
from clickstream_tui.settings import Settings, for_profile


def up(settings: Settings, through: str | None, timeout: float) -> int:
    """Runs the stages in order, one line each."""
    stages = PipelineSession.stages(through)
    if stages[-1].name == "doctor":
        return doctor(settings, fix=False, form=Format.table)

    async def work() -> int:
        say(f"Bringing up the profile {settings.profile}: {', '.join(each.name for each in stages)}")
        for each in await findings(settings) if settings.profile != "remote" else ():
            if not each.passed and each.severity == "error":
                raise PipelineError(each.problem, hint=each.cure)
        say(f"· services    {'asking' if settings.profile == 'remote' else 'starting'} the servers …")
        try:
            async with asyncio.timeout(timeout), pipeline(settings, start=True) as opened:
                await _mend(opened, settings)
                for each in stages:
                    await _stage(opened, each.name)
                await opened.stack.pin()
        except TimeoutError:
            raise PipelineError(
                f"`up` was not done after {timeout:.0f} s", hint="See: clickstream-tui status"
            ) from None
        end = "" if settings.profile == "remote" else ", stop it with `clickstream-tui down`"
        say(f"The pipeline is ready. Look at it with `clickstream-tui`{end}.")
        return DONE

    return run(work)


async def _stage(opened: PipelineSession, name: str) -> None:
    """Runs a stage; says what it made, and now and then what it does."""
    began = told = time.monotonic()
    last = ""

    def note(text: str) -> None:
        nonlocal told, last
        if time.monotonic() - told > (2 if text != last else 20):
            told, last = time.monotonic(), text
            say(f"· {name:<11} {text}")

    done = await opened.run_stage(name, note)
    title = next(each.title for each in opened.stages() if each.name == name)
    made = f"{len(done.created)} done" if done.created else "nothing to do"
    say(f"✓ {name:<11} {title}: {made} ({time.monotonic() - began:.1f} s)")


async def _mend(opened: PipelineSession, settings: Settings) -> None:
    with contextlib.suppress(PipelineError):  # Connect may not be there yet; the mark stays for the next start
        if not settings.read_only and await sessions.mend(opened.operations, opened.home):
            say(f"A sessionize had ended in its pause: {sessions.CONNECTOR} is resumed.")


def down(settings: Settings, *, volumes: bool) -> int:
    """Stops the stack, and with `volumes` deletes its data."""
    if settings.read_only:
        raise ReadOnly("This is read-only mode, so nothing was stopped", hint=settings.read_only_hint)

    async def work() -> int:
        stack = make_stack(settings)
        if await stack.attach():
            await stack.shutdown()
            say("The stack is stopped.")
        else:
            say("The stack does not run.")
        if volumes:
            for name in ("data", "commands.jsonl", "stack.json", "ports.json", "health.json"):
                target = settings.home / name
                if target.is_dir():
                    await asyncio.to_thread(shutil.rmtree, target)
                else:
                    target.unlink(missing_ok=True)
            say("Its data is deleted.")
        return DONE

    return run(work)


def sessionize(settings: Settings, seconds: float, pause: float, cycles: int) -> int:
    """Pauses and resumes the clicks."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            await _mend(opened, settings)
            async for phase in (phases := sessions.sessionize(opened.operations, opened.home, seconds, pause, cycles)):
                say(f"cycle {phase.cycle}: {phase.name} for {phase.seconds:g} s")
            await phases.aclose()
        return DONE

    return run(work)


def profiles(settings: Settings, form: Format) -> int:
    """The profiles of the settings, that in force marked."""
    printer = Printer(form, ("name", "kind", "current", "read_only", "kafka", "ksqldb", "connect", "elasticsearch"))
    for name in settings.profile_names:
        chosen = for_profile(settings, name)
        urls = {server: access.url for server, access in chosen.remote.items()}
        where = [urls.get(server, "") for server in ("kafka", "ksqldb", "connect", "elasticsearch")]
        printer.row(
            [name, chosen.profile, name == (settings.profile_name or settings.profile), chosen.read_only, *where]
        )
    printer.end()
    return DONE


def profile_test(settings: Settings, name: str | None, form: Format) -> int:
    """Each server of a profile with version, latency, or the cause why not; 2 where one does not answer."""
    chosen = settings if name is None else for_profile(settings, name)
    checks = run(lambda: check_servers(chosen))
    printer = Printer(form, ("server", "address", "ok", "version", "latency_ms", "cause"))
    for each in checks:
        latency = None if each.latency is None else round(1000 * each.latency, 1)
        printer.row([each.name, each.address, each.ok, each.version, latency, each.reason])
    printer.end()
    return DONE if all(each.ok for each in checks) else DOWN
