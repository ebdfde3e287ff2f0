"""The verbs of topics, connectors, consumer groups and profiles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from clickstream_pipeline.errors import PipelineError
from clickstream_tui.cli.options import AsJson, Output, check_exists, form_of, pairs, settings_of
from clickstream_tui.cli.output import Format

topics_app = typer.Typer(help="Topics: list, create, describe, delete.", rich_markup_mode=None)
connectors_app = typer.Typer(help="Connectors: list and steer.", rich_markup_mode=None)
groups_app = typer.Typer(help="Consumer groups: list, describe, reset offsets, delete.", rich_markup_mode=None)
profiles_app = typer.Typer(help="Clusters of the settings: list and test.", rich_markup_mode=None)


@topics_app.callback(invoke_without_command=True)
def topics(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import resources

        return resources.topics(settings_of(context), form_of(output, as_json))
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

    return resources.topic_create(settings_of(context), name, partitions, pairs(config, "--set"))


@topics_app.command("describe")
def topics_describe(context: typer.Context, name: str) -> int:
    """Partitions, offsets and configuration, as JSON."""
    from clickstream_tui.cli import resources

    return resources.topic_describe(settings_of(context), name)


@topics_app.command("configure")
def topics_configure(
    context: typer.Context,
    name: str,
    config: Annotated[list[str] | None, typer.Option("--set", help="name=value")] = None,
    unset: Annotated[list[str] | None, typer.Option("--unset", help="name: the broker's default holds again")] = None,
) -> int:
    """Sets a topic's settings."""
    from clickstream_tui.cli import resources

    wanted: dict[str, str | None] = {**pairs(config, "--set"), **dict.fromkeys(unset or [])}
    if not wanted:
        raise typer.BadParameter("Give --set name=value or --unset name.")
    return resources.topic_configure(settings_of(context), name, wanted)


@topics_app.command("partitions")
def topics_partitions(context: typer.Context, name: str, total: Annotated[int, typer.Argument(min=1)]) -> int:
    """Gives a topic more partitions, TOTAL in all; keys go to other partitions from then on."""
    from clickstream_tui.cli import resources

    return resources.topic_partitions(settings_of(context), name, total)


@topics_app.command("purge")
def topics_purge(context: typer.Context, name: str) -> int:
    """Deletes the records that a topic holds; the topic stays."""
    from clickstream_tui.cli import resources

    return resources.topic_purge(settings_of(context), name)


@topics_app.command("delete")
def topics_delete(context: typer.Context, name: str) -> int:
    """Deletes a topic with its records."""
    from clickstream_tui.cli import resources

    return resources.topic_delete(settings_of(context), name)


@connectors_app.callback(invoke_without_command=True)
def connectors(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import resources

        return resources.connectors(settings_of(context), form_of(output, as_json))
    return None


def _steering(action: str, text: str) -> None:
    @connectors_app.command(action, help=text)
    def act(context: typer.Context, name: str) -> int:
        from clickstream_tui.cli import resources

        return resources.connector_act(settings_of(context), action, name)


for _action, _text in (
    ("pause", "Pauses a connector."), ("resume", "Resumes a connector."), ("restart", "Restarts a connector and its tasks."),
    ("stop", "Stops a connector: its tasks end."), ("delete", "Deletes a connector."),
):  # fmt: skip
    _steering(_action, _text)


@connectors_app.command("describe")
def connectors_describe(context: typer.Context, name: str) -> int:
    """State, tasks with traces, and configuration (secrets masked), as JSON."""
    from clickstream_tui.cli import resources

    return resources.connector_describe(settings_of(context), name)


@connectors_app.command("create")
def connectors_create(
    context: typer.Context, file: Annotated[Path, typer.Option("-f", "--file", help="JSON: {name, config}")]
) -> int:
    """Makes a connector from a JSON file."""
    from clickstream_tui.cli import resources

    check_exists(file)
    try:
        body: Any = json.loads(file.read_text("utf-8"))
        name, config = str(body["name"]), dict(body["config"])
    except OSError as error:
        raise PipelineError(f"The file {file} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise PipelineError(
            f"The file {file} is not a connector: it must be JSON with 'name' and 'config' ({error})"
        ) from error
    return resources.connector_create(settings_of(context), name, config)


@groups_app.callback(invoke_without_command=True)
def groups(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import resources

        return resources.groups(settings_of(context), form_of(output, as_json))
    return None


@groups_app.command("describe")
def groups_describe(context: typer.Context, name: str) -> int:
    """Members, and lag by partition, as JSON."""
    from clickstream_tui.cli import resources

    return resources.group_describe(settings_of(context), name)


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

    return resources.group_reset(settings_of(context), name, topic, to, execute=execute, form=form_of(output, as_json))


@groups_app.command("delete")
def groups_delete(context: typer.Context, name: str) -> int:
    """Deletes a group with its offsets; Kafka refuses while it has members."""
    from clickstream_tui.cli import resources

    return resources.group_delete(settings_of(context), name)


@profiles_app.callback(invoke_without_command=True)
def profiles(context: typer.Context, output: Output = Format.table, as_json: AsJson = False) -> int | None:
    if context.invoked_subcommand is None:
        from clickstream_tui.cli import verbs

        return verbs.profiles(settings_of(context), form_of(output, as_json))
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

    return verbs.profile_test(settings_of(context), name, form_of(output, as_json))
