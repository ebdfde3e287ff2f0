"""The verbs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from clickstream_pipeline.errors import PipelineError
from clickstream_tui import __version__
from clickstream_tui.cli import DONE
from clickstream_tui.cli.output import Format
from clickstream_tui.settings import Settings, load

# the modules of the verbs are imported where they are needed: `status` and `--help` must not pay for the console

app = typer.Typer(add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="An operator console for a whole ksqlDB clickstream pipeline.")  # fmt: skip
topics_app = typer.Typer(help="Topics: list, create, describe, delete.", rich_markup_mode=None)
connectors_app = typer.Typer(help="Connectors: list and steer.", rich_markup_mode=None)
app.add_typer(topics_app, name="topics")
app.add_typer(connectors_app, name="connectors")
groups_app = typer.Typer(help="Consumer groups: list, describe, reset offsets.", rich_markup_mode=None)
profiles_app = typer.Typer(help="Clusters of the settings: list and test.", rich_markup_mode=None)
app.add_typer(groups_app, name="groups")
app.add_typer(profiles_app, name="profiles")

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


def _existing(file: Path | None) -> None:
    """Refuses a file that is not there, as wrong usage."""
    if file is not None and str(file) != "-" and not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.")


def _pairs(items: list[str] | None, option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in items or []:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{option} takes name=value, not '{item}'.")
        found[name] = value
    return found


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

    return verbs.up(_settings(context), through, timeout)


@app.command()
def down(
    context: typer.Context, volumes: Annotated[bool, typer.Option("--volumes", help="delete the data too")] = False
) -> int:
    """Stops what `up` started."""
    from clickstream_tui.cli import verbs

    return verbs.down(_settings(context), volumes=volumes)


@app.command()
def status(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int:
    """Stages, services, connectors, queries and topics. Exit 0 ready, 1 degraded, 2 down."""
    from clickstream_tui.cli import status as verb

    return verb.status(_settings(context), _form(output, as_json))


@app.command()
def doctor(
    context: typer.Context, fix: Annotated[bool, typer.Option("--fix", help="apply the safe cures")] = False,
    output: Output = Format.table, as_json: AsJson = False,
) -> int:  # fmt: skip
    """Preflight checks with causes and cures."""
    from clickstream_tui.cli import doctor as verb

    return verb.doctor(_settings(context), fix=fix, form=_form(output, as_json))


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
    _existing(file)
    try:
        text = sql if file is None else (sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error
    from clickstream_tui.cli import statements

    variables = _pairs(define, "-D")
    return statements.query(_settings(context), text or "", limit, timeout, variables, _form(output, as_json))


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

    return records.tail(_settings(context), topic, start, where, grep, limit, partition, _form(output, as_json))


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
    _existing(file)
    from clickstream_tui.cli import records

    return records.produce(_settings(context), topic, key, file)


@app.command()
def sessionize(
    context: typer.Context,
    run: Annotated[float, typer.Option(help="seconds of clicks", min=0.0)] = 90,
    pause: Annotated[float, typer.Option(help="seconds without", min=0.0)] = 35,
    cycles: Annotated[int, typer.Option(help="how often", min=1)] = 100,
) -> int:
    """Pauses and resumes the clicks so that sessions end; leaves them running."""
    from clickstream_tui.cli import verbs

    return verbs.sessionize(_settings(context), run, pause, cycles)


@app.command()
def quickstart(
    context: typer.Context,
    step: Annotated[str | None, typer.Argument(help="get, start, create, write or read, or its number")] = None,
) -> int:
    """Kafka's own quickstart: without a step, all of them and which are done; with one, does it."""
    from clickstream_tui.cli import records

    return records.quickstart(_settings(context), step)


@app.command()
def record(
    context: typer.Context,
    file: Path,
    seconds: Annotated[float | None, typer.Option(help="end after that many seconds", min=0.0)] = None,
) -> int:
    """Writes what the console would show to a file, until it is interrupted: for --replay FILE."""
    from clickstream_tui.cli import records

    return records.record(_settings(context), file, seconds)


@app.command()
def report(context: typer.Context, directory: Path) -> int:
    """A Markdown account of the run, with the answers of the six tasks and a picture of each pane."""
    from clickstream_tui.cli.report import report as write
    from clickstream_tui.cli.session import say

    return write(_settings(context), directory, say)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> int:
    """The console in a browser."""
    from clickstream_tui.cli import serve as verb

    return verb.serve(_settings(context), host, port)


@topics_app.callback(invoke_without_command=True)
def topics(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import resources

        return resources.topics(_settings(context), _form(output, as_json))
    return None


@topics_app.command("create")
def topics_create(
    context: typer.Context,
    name: str,
    partitions: Annotated[int, typer.Option(min=1)] = 1,
    config: Annotated[list[str] | None, typer.Option("--set", help="name=value")] = None,
) -> int:
    """Makes a topic."""
    from clickstream_tui.cli import resources

    return resources.topic_create(_settings(context), name, partitions, _pairs(config, "--set"))


@topics_app.command("describe")
def topics_describe(context: typer.Context, name: str) -> int:
    """Partitions, offsets and configuration, as JSON."""
    from clickstream_tui.cli import resources

    return resources.topic_describe(_settings(context), name)


@topics_app.command("configure")
def topics_configure(
    context: typer.Context,
    name: str,
    config: Annotated[list[str] | None, typer.Option("--set", help="name=value")] = None,
    unset: Annotated[list[str] | None, typer.Option("--unset", help="name: the broker's default holds again")] = None,
) -> int:
    """Sets a topic's settings."""
    from clickstream_tui.cli import resources

    wanted: dict[str, str | None] = {**_pairs(config, "--set"), **dict.fromkeys(unset or [])}
    if not wanted:
        raise typer.BadParameter("Give --set name=value or --unset name.")
    return resources.topic_configure(_settings(context), name, wanted)


@topics_app.command("partitions")
def topics_partitions(context: typer.Context, name: str, total: Annotated[int, typer.Argument(min=1)]) -> int:
    """Gives a topic more partitions, TOTAL in all; keys go to other partitions from then on."""
    from clickstream_tui.cli import resources

    return resources.topic_partitions(_settings(context), name, total)


@topics_app.command("purge")
def topics_purge(context: typer.Context, name: str) -> int:
    """Deletes the records that a topic holds; the topic stays."""
    from clickstream_tui.cli import resources

    return resources.topic_purge(_settings(context), name)


@topics_app.command("delete")
def topics_delete(context: typer.Context, name: str) -> int:
    """Deletes a topic with its records."""
    from clickstream_tui.cli import resources

    return resources.topic_delete(_settings(context), name)


@connectors_app.callback(invoke_without_command=True)
def connectors(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import resources

        return resources.connectors(_settings(context), _form(output, as_json))
    return None


def _steering(action: str, text: str) -> None:
    @connectors_app.command(action, help=text)
    def act(context: typer.Context, name: str) -> int:
        from clickstream_tui.cli import resources

        return resources.connector_act(_settings(context), action, name)


for _action, _text in (
    ("pause", "Pauses a connector."), ("resume", "Resumes a connector."), ("restart", "Restarts a connector and its tasks."),
    ("stop", "Stops a connector: its tasks end."), ("delete", "Deletes a connector."),
):  # fmt: skip
    _steering(_action, _text)


@connectors_app.command("describe")
def connectors_describe(context: typer.Context, name: str) -> int:
    """State, tasks with traces, and configuration (secrets masked), as JSON."""
    from clickstream_tui.cli import resources

    return resources.connector_describe(_settings(context), name)


@connectors_app.command("create")
def connectors_create(
    context: typer.Context, file: Annotated[Path, typer.Option("-f", "--file", help="JSON: {name, config}")]
) -> int:
    """Makes a connector from a JSON file."""
    from clickstream_tui.cli import resources

    _existing(file)
    try:
        body: Any = json.loads(file.read_text("utf-8"))
        name, config = str(body["name"]), dict(body["config"])
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise PipelineError(
            f"The file {file} is not a connector: it must be JSON with 'name' and 'config' ({error})"
        ) from error
    return resources.connector_create(_settings(context), name, config)


@groups_app.callback(invoke_without_command=True)
def groups(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import resources

        return resources.groups(_settings(context), _form(output, as_json))
    return None


@groups_app.command("describe")
def groups_describe(context: typer.Context, name: str) -> int:
    """Members, and lag by partition, as JSON."""
    from clickstream_tui.cli import resources

    return resources.group_describe(_settings(context), name)


@groups_app.command("reset")
def groups_reset(
    context: typer.Context,
    name: str,
    topic: str,
    to: Annotated[str, typer.Option(help="earliest, latest, +N, -N, an offset, -30m or a time")],
    execute: Annotated[bool, typer.Option("--execute", help="do it; without, only what it would do is shown")] = False,
    output: Output = Format.table,
    as_json: AsJson = False,
) -> int:
    """What a reset of offsets would skip or repeat; with --execute it is done."""
    from clickstream_tui.cli import resources

    return resources.group_reset(_settings(context), name, topic, to, execute=execute, form=_form(output, as_json))


@profiles_app.callback(invoke_without_command=True)
def profiles(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import verbs

        return verbs.profiles(_settings(context), _form(output, as_json))
    return None


@profiles_app.command("test")
def profiles_test(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument()] = None,
    output: Output = Format.table,
    as_json: AsJson = False,
) -> int:
    """Each server with version and latency, or the cause why not; exit 2 where one does not answer."""
    from clickstream_tui.cli import verbs

    return verbs.profile_test(_settings(context), name, _form(output, as_json))
