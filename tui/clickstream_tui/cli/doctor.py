"""`doctor`: each check of the profile in force with its outcome, cause and cure."""

from __future__ import annotations

from dataclasses import asdict, replace

from clickstream_compose import doctor as checks
from clickstream_pipeline.preflight import Finding, home_findings
from clickstream_tui.cli.exit_codes import DONE, FAILED
from clickstream_tui.cli.output import Format, Printer, harmless
from clickstream_tui.cli.session import run, say
from clickstream_tui.composition import PROJECT, check_servers, compose_folder
from clickstream_tui.settings import Settings

_COLUMNS = ("check", "passed", "severity", "what", "problem", "cure", "fixed")


def doctor(settings: Settings, *, fix: bool, form: Format) -> int:
    """Prints all checks; gives 0 where nothing keeps the profile from working."""
    if fix and settings.read_only:
        say("This is read-only mode, so nothing is fixed.")
    found = run(lambda: findings(settings, fix=fix and not settings.read_only))
    wrong = [each for each in found if not each.passed and not each.fixed]
    if form is Format.table:
        for each in found:
            sign = "✓" if each.passed else "!" if each.severity == "warning" else "✗"
            print(
                harmless(f"{sign} {each.check}: {each.problem or each.what}" + (f". {each.cure}" if each.cure else ""))
            )
            if each.fixed:
                print(harmless(f"  fixed: {each.fixed}"))
        if fix and not any(each.fixed for each in found):
            say(f"There is nothing that can be fixed safely in profile {settings.profile}.")
        say(f"{len(wrong)} of {len(found)} checks found something." if wrong
            else f"Nothing keeps the profile {settings.profile} from working.")  # fmt: skip
    else:
        printer = Printer(form, _COLUMNS)
        for each in found:
            row = {**asdict(each), "passed": each.passed}
            printer.row([row[column] for column in _COLUMNS])
        printer.end()
    return FAILED if any(each.severity == "error" for each in wrong) else DONE


async def findings(settings: Settings, *, fix: bool = False) -> list[Finding]:
    """The checks of the profile in force."""
    if settings.profile == "docker":
        return [*home_findings(settings.home, needs_room=False), *await _docker(settings, fix=fix)]
    if settings.profile == "remote":
        return [*home_findings(settings.home, needs_room=False), *await _remote(settings)]
    return list(home_findings(settings.home))


async def _docker(settings: Settings, *, fix: bool) -> list[Finding]:
    found: list[Finding] = []
    for problem in checks.findings(await checks.gather(compose_folder(), PROJECT, overlays=settings.overlays)):
        each = Finding(problem.check, problem.check, problem.cause, problem.cure, problem.severity.value)
        found.append(replace(each, fixed=problem.fix()) if fix and problem.fix is not None else each)
    return found or [Finding("docker", "the engine, compose, memory, disk and ports are as the stack wants them")]


async def _remote(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    for check in await check_servers(settings):
        what = f"{check.address}, version {check.version or 'unknown'}, {1000 * (check.latency or 0):.0f} ms"
        found.append(Finding(check.name, what, "" if check.ok else check.reason))
    return found
