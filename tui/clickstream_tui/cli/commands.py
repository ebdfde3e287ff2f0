"""The verbs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from clickstream_pipeline.errors import PipelineError
from clickstream_tui import __version__
from clickstream_tui.cli import resource_commands
from clickstream_tui.cli.exit_codes import DONE
from clickstream_tui.cli.options import AsJson, Output, check_exists, form_of, pairs, settings_of
from clickstream_tui.cli.output import Format
from clickstream_tui.settings import load

# the modules of the verbs are imported where they are needed: `status` and `--help` must not pay for the console

app = typer.Typer(add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="An operator console for a whole ksqlDB clickstream pipeline.")  # fmt: skip
app.add_typer(resource_commands.topics_app, name="topics")
app.add_typer(resource_commands.connectors_app, name="connectors")
app.add_typer(resource_commands.groups_app, name="groups")
app.add_typer(resource_commands.profiles_app, name="profiles")


def command() -> Any:
    return typer.main.get_command(app)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option(help="embedded, docker, remote, or a name of the settings")] = None,
    config: Annotated[Path | None, typer.Option(help="settings file (TOML)")] = None,
    home: Annotated[Path | None, typer.Option(help="folder of state, data and logs")] = None,
    read_only: Annotated[bool | None, typer.Option("--read-only", help="change nothing")] = None,
    dashboard: Annotated[
        Path | None, typer.Option(help="a Grafana dashboard (JSON) that the console shows in place of its own")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="a recording (see `record`) that the console plays in place of servers")
    ] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="tracebacks of errors")] = False,
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> int | None:
    if version:
        print(f"clickstream-tui {__version__}")
        raise typer.Exit(DONE)
    if replay is not None:
        _check_recording(replay)
    context.obj = load(
        config, profile=profile, home=home, read_only=read_only, verbose=verbose, dashboard=dashboard, replay=replay
    )
    if context.invoked_subcommand is None:
        from clickstream_tui.app import run_console

        return run_console(context.obj)
    return None


def _check_recording(path: Path) -> None:
    """Refuses what is no recording before anything is opened."""
    from clickstream_pipeline import recording

    try:
        recording.load(path)
    except PipelineError as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def up(
    context: typer.Context,
    through: Annotated[str | None, typer.Option(help="the last stage to run")] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="as `docker compose up --detach`; the stack runs on either way")
    ] = False,
    timeout: Annotated[float, typer.Option(help="seconds for all stages", min=0.0)] = 300,
) -> int:
    """Runs the stages in order; returns when ready. Safe to repeat."""
    from clickstream_tui.cli import verbs

    return verbs.up(settings_of(context), through, timeout)


@app.command()
def down(
    context: typer.Context, volumes: Annotated[bool, typer.Option("--volumes", help="delete the data too")] = False
) -> int:
    """Stops what `up` started."""
    from clickstream_tui.cli import verbs

    return verbs.down(settings_of(context), volumes=volumes)


@app.command()
def status(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int:
    """Stages, services, connectors, queries and topics. Exit 0 ready, 1 degraded, 2 down."""
    from clickstream_tui.cli import status as verb

    return verb.status(settings_of(context), form_of(output, as_json))


@app.command()
def doctor(
    context: typer.Context, fix: Annotated[bool, typer.Option("--fix", help="apply the safe cures")] = False,
    output: Output = Format.table, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Preflight checks with causes and cures."""
    from clickstream_tui.cli import doctor as verb

    return verb.doctor(settings_of(context), fix=fix, form=form_of(output, as_json))


@app.command()
def query(
    context: typer.Context,
    sql: Annotated[str | None, typer.Argument(help="ksqlDB statements")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="a file of statements")] = None,
    limit: Annotated[int | None, typer.Option(help="end a query after that many rows", min=1)] = None,
    timeout: Annotated[float | None, typer.Option(help="end a query after that many seconds", min=0.0)] = None,
    define: Annotated[list[str] | None, typer.Option("-D", help="name=value, for ${name}")] = None,
    output: Output = Format.table,
    as_json: AsJson = False,
) -> int:
    """Any ksqlDB statements, one by one; stops at the first failure."""
    if (sql is None) == (file is None):
        raise typer.BadParameter("Give either statements or -f FILE.")
    check_exists(file)
    try:
        text = sql if file is None else (sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error
    from clickstream_tui.cli import statements

    variables = pairs(define, "-D")
    return statements.query(settings_of(context), text or "", limit, timeout, variables, form_of(output, as_json))


@app.command()
def tail(
    context: typer.Context,
    topic: str,
    start: Annotated[
        str, typer.Option("--from", help="beginning, end, -N, @OFFSET or a timestamp (ms or ISO 8601)")
    ] = "end",
    where: Annotated[str | None, typer.Option(help="a condition such as status=404")] = None,
    grep: Annotated[str | None, typer.Option(help="a regular expression over key and value")] = None,
    limit: Annotated[int | None, typer.Option(help="end after that many records", min=1)] = None,
    partition: Annotated[int | None, typer.Option(help="this partition only", min=0)] = None,
    output: Output = Format.table,
    as_json: AsJson = False,
) -> int:
    """Decoded records of a topic, as they come."""
    from clickstream_tui.cli import records

    return records.tail(settings_of(context), topic, start, where, grep, limit, partition, form_of(output, as_json))


@app.command()
def produce(
    context: typer.Context,
    topic: str,
    key: Annotated[str | None, typer.Option("-k", "--key")] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", help="one record a line; standard input by default")
    ] = None,
) -> int:
    """Writes records, one a line."""
    check_exists(file)
    from clickstream_tui.cli import records

    return records.produce(settings_of(context), topic, key, file)


@app.command()
def sessionize(
    context: typer.Context,
    run: Annotated[float, typer.Option(help="seconds of clicks", min=0.0)] = 90,
    pause: Annotated[float, typer.Option(help="seconds without", min=0.0)] = 35,
    cycles: Annotated[int, typer.Option(help="how often", min=1)] = 100,
) -> int:
    """Pauses and resumes the clicks so that sessions end; leaves them running."""
    from clickstream_tui.cli import verbs

    return verbs.sessionize(settings_of(context), run, pause, cycles)


@app.command()
def quickstart(
    context: typer.Context,
    step: Annotated[str | None, typer.Argument(help="get, start, create, write or read, or its number")] = None,
) -> int:
    """Kafka's own quickstart: without a step, all of them and which are done; with one, does it."""
    from clickstream_tui.cli import records

    return records.quickstart(settings_of(context), step)


@app.command()
def record(
    context: typer.Context,
    file: Path,
    seconds: Annotated[float | None, typer.Option(help="end after that many seconds", min=0.0)] = None,
) -> int:
    """Writes what the console would show to a file, until it is interrupted: for --replay FILE."""
    from clickstream_tui.cli import records

    return records.record(settings_of(context), file, seconds)


@app.command()
def report(context: typer.Context, directory: Path) -> int:
    """A Markdown account of the run, with the answers of the six tasks and a picture of each pane."""
    from clickstream_tui.cli.report import report as write
    from clickstream_tui.cli.session import say

    return write(settings_of(context), directory, say)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> int:
    """The console in a browser."""
    from clickstream_tui.cli import serve as verb

    return verb.serve(settings_of(context), host, port)
