"""The verbs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from clickstream_pipeline.errors import PipelineError
from clickstream_tui import __version__
from clickstream_tui.cli import DONE, records, statements, verbs
from clickstream_tui.cli.output import Format
from clickstream_tui.cli.session import say
from clickstream_tui.settings import Settings, load

app = typer.Typer(add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="An operator console for a whole ksqlDB clickstream pipeline.")  # fmt: skip
topics_app = typer.Typer(help="Topics: list, create, describe, delete.", rich_markup_mode=None)
connectors_app = typer.Typer(help="Connectors: list and steer.", rich_markup_mode=None)
app.add_typer(topics_app, name="topics")
app.add_typer(connectors_app, name="connectors")

Output = Annotated[Format, typer.Option("--output", help="table, json, jsonl or csv")]
AsJson = Annotated[bool, typer.Option("--json", help="the same as --output json")]


def command() -> Any:
    return typer.main.get_command(app)


def _settings(context: typer.Context) -> Settings:
    return context.find_root().obj


def _form(output: Format, as_json: bool) -> Format:
    return Format.json if as_json else output


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option(help="embedded, docker or remote")] = None,
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
    context.obj = load(config, profile=profile, home=home, read_only=read_only, verbose=verbose, dashboard=dashboard)
    if context.invoked_subcommand is None:
        from clickstream_tui.app import run_console

        return run_console(context.obj)
    return None


@app.command()
def up(
    context: typer.Context,
    through: Annotated[str | None, typer.Option(help="the last stage to run")] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="as `docker compose up --detach`; the stack runs on either way")
    ] = False,
    timeout: Annotated[float, typer.Option(help="seconds for all stages")] = 300,
) -> int:
    """Runs the stages in order; returns when ready. Safe to repeat."""
    return verbs.up(_settings(context), through, timeout)


@app.command()
def down(
    context: typer.Context, volumes: Annotated[bool, typer.Option("--volumes", help="delete the data too")] = False
) -> int:
    """Stops what `up` started."""
    return verbs.down(_settings(context), volumes=volumes)


@app.command()
def status(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int:
    """Stages, services, connectors, queries and topics. Exit 0 ready, 1 degraded, 2 down."""
    return verbs.status(_settings(context), _form(output, as_json))


@app.command()
def doctor(
    context: typer.Context, fix: Annotated[bool, typer.Option("--fix", help="apply the safe cures")] = False
) -> int:
    """Preflight checks with causes and cures."""
    return verbs.doctor(_settings(context), fix=fix)


@app.command()
def query(
    context: typer.Context,
    sql: Annotated[str | None, typer.Argument(help="ksqlDB statements")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="a file of statements")] = None,
    limit: Annotated[int | None, typer.Option(help="end a query after that many rows")] = None,
    timeout: Annotated[float | None, typer.Option(help="end a query after that many seconds")] = None,
    define: Annotated[list[str] | None, typer.Option("-D", help="name=value, for ${name}")] = None,
    output: Output = Format.table,
    as_json: AsJson = False,
) -> int:
    """Any ksqlDB statements, one by one; stops at the first failure."""
    if (sql is None) == (file is None):
        raise typer.BadParameter("Give either statements or -f FILE.")
    try:
        text = sql if file is None else (sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error
    variables: dict[str, str] = {}
    for item in define or []:
        name, equals, value = item.partition("=")
        if not equals:
            raise typer.BadParameter(f"-D takes name=value, not '{item}'.")
        variables[name] = value
    return statements.query(_settings(context), text or "", limit, timeout, variables, _form(output, as_json))


@app.command()
def tail(
    context: typer.Context,
    topic: str,
    start: Annotated[str, typer.Option("--from", help="beginning, end, -N or a timestamp (ms or ISO 8601)")] = "end",
    where: Annotated[str | None, typer.Option(help="a condition such as status=404")] = None,
    grep: Annotated[str | None, typer.Option(help="a regular expression over key and value")] = None,
    limit: Annotated[int | None, typer.Option(help="end after that many records")] = None,
    output: Output = Format.table,
    as_json: AsJson = False,
) -> int:
    """Decoded records of a topic, as they come."""
    return records.tail(_settings(context), topic, start, where, grep, limit, _form(output, as_json))


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
    return records.produce(_settings(context), topic, key, file)


@app.command()
def sessionize(
    context: typer.Context,
    run: Annotated[float, typer.Option(help="seconds of clicks")] = 90,
    pause: Annotated[float, typer.Option(help="seconds without")] = 35,
    cycles: Annotated[int, typer.Option(help="how often")] = 100,
) -> int:
    """Pauses and resumes the clicks so that sessions end; leaves them running."""
    return verbs.sessionize(_settings(context), run, pause, cycles)


@app.command()
def quickstart(
    context: typer.Context,
    step: Annotated[str | None, typer.Argument(help="get, start, create, write or read, or its number")] = None,
) -> int:
    """Kafka's own quickstart: without a step, all of them and which are done; with one, does it."""
    return records.quickstart(_settings(context), step)


@app.command()
def record(
    context: typer.Context,
    file: Path,
    seconds: Annotated[float | None, typer.Option(help="end after that many seconds")] = None,
) -> int:
    """Writes what the console would show to a file, until it is interrupted: for --replay FILE."""
    return records.record(_settings(context), file, seconds)


@app.command()
def report(context: typer.Context, directory: Path) -> int:
    """A Markdown account of the run, with the answers of the six tasks and a picture of each pane."""
    from clickstream_tui.cli.report import report as write  # the console itself, which other verbs do without

    return write(_settings(context), directory, say)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8000,
) -> int:
    """The console in a browser."""
    return verbs.serve(_settings(context), host, port)


@topics_app.callback(invoke_without_command=True)
def topics(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        return verbs.topics(_settings(context), _form(output, as_json))
    return None


@topics_app.command("create")
def topics_create(
    context: typer.Context,
    name: str,
    partitions: Annotated[int, typer.Option(min=1)] = 1,
    config: Annotated[list[str] | None, typer.Option("--set", help="name=value")] = None,
) -> int:
    """Makes a topic."""
    return verbs.topic_create(_settings(context), name, partitions, dict(item.split("=", 1) for item in config or []))


@topics_app.command("describe")
def topics_describe(context: typer.Context, name: str) -> int:
    """Partitions, offsets and configuration, as JSON."""
    return verbs.topic_describe(_settings(context), name)


@topics_app.command("delete")
def topics_delete(context: typer.Context, name: str) -> int:
    """Deletes a topic with its records."""
    return verbs.topic_delete(_settings(context), name)


@connectors_app.callback(invoke_without_command=True)
def connectors(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        return verbs.connectors(_settings(context), _form(output, as_json))
    return None


def _steering(action: str, text: str) -> None:
    @connectors_app.command(action, help=text)
    def act(context: typer.Context, name: str) -> int:
        return verbs.connector_act(_settings(context), action, name)


for _action, _text in (
    ("pause", "Pauses a connector."), ("resume", "Resumes a connector."), ("restart", "Restarts a connector and its tasks."),
    ("stop", "Stops a connector: its tasks end."), ("delete", "Deletes a connector."),
):  # fmt: skip
    _steering(_action, _text)


@connectors_app.command("describe")
def connectors_describe(context: typer.Context, name: str) -> int:
    """State, tasks with traces, and configuration (secrets masked), as JSON."""
    return verbs.connector_describe(_settings(context), name)


@connectors_app.command("create")
def connectors_create(
    context: typer.Context, file: Annotated[Path, typer.Option("-f", "--file", help="JSON: {name, config}")]
) -> int:
    """Makes a connector from a JSON file."""
    try:
        body: Any = json.loads(file.read_text("utf-8"))
        name, config = str(body["name"]), dict(body["config"])
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise PipelineError(
            f"The file {file} is not a connector: it must be JSON with 'name' and 'config' ({error})"
        ) from error
    return verbs.connector_create(_settings(context), name, config)
