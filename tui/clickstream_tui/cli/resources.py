"""The verbs over topics, connectors and consumer groups."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from clickstream_pipeline.clients.kafka_groups import ResetTo
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.operations import Operations
from clickstream_tui.cli.exit_codes import DONE
from clickstream_tui.cli.output import Format, Printer
from clickstream_tui.cli.session import pipeline, run, say
from clickstream_tui.settings import Settings


def _act(settings: Settings, call: Callable[[Operations], Awaitable[object]], said: str) -> int:
    """One operation, and what is said once it is done."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            await call(opened.operations)
        say(said)
        return DONE

    return run(work)


def topics(settings: Settings, form: Format) -> int:
    """All topics."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            printer = Printer(form, ("name", "partitions", "replicas", "records", "internal"))
            for topic in await opened.kafka.topics():
                printer.row([topic.name, topic.partitions, topic.replicas, topic.records, topic.internal])
            printer.end()
        return DONE

    return run(work)


def topic_create(settings: Settings, name: str, partitions: int, config: dict[str, str]) -> int:
    """Makes a topic."""
    return _act(
        settings, lambda operations: operations.create_topic(name, partitions, config), f"The topic {name} is created."
    )


def topic_describe(settings: Settings, name: str) -> int:
    """Partitions, offsets and configuration, as JSON."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            print(json.dumps(await opened.kafka.describe_topic(name), indent=1))
        return DONE

    return run(work)


def topic_delete(settings: Settings, name: str) -> int:
    """Deletes a topic."""
    return _act(settings, lambda operations: operations.delete_topic(name), f"The topic {name} is deleted.")


def topic_configure(settings: Settings, name: str, config: dict[str, str | None]) -> int:
    """Sets settings of a topic."""
    return _act(
        settings, lambda operations: operations.configure_topic(name, config), f"The topic {name} is configured."
    )


def topic_partitions(settings: Settings, name: str, total: int) -> int:
    """Gives a topic more partitions."""
    return _act(
        settings, lambda operations: operations.add_partitions(name, total), f"The topic {name} has {total} partitions."
    )


def topic_purge(settings: Settings, name: str) -> int:
    """Deletes what a topic holds."""
    return _act(settings, lambda operations: operations.purge_topic(name), f"The records of {name} are deleted.")


def connectors(settings: Settings, form: Format) -> int:
    """All connectors."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            printer = Printer(form, ("name", "type", "state", "tasks", "topics"))
            for c in await opened.connect.connectors():
                printer.row([c.name, c.kind, c.state, [t.state for t in c.tasks], list(c.topics)])
            printer.end()
        return DONE

    return run(work)


def connector_act(settings: Settings, action: str, name: str) -> int:
    """Steers a connector."""
    return _act(settings, lambda operations: operations.connector(action, name), f"{name}: {action} done.")


def connector_describe(settings: Settings, name: str) -> int:
    """A connector with its tasks and configuration, as JSON."""

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
    """Makes a connector."""
    return _act(
        settings, lambda operations: operations.create_connector(name, config), f"The connector {name} is created."
    )


def groups(settings: Settings, form: Format) -> int:
    """All consumer groups with their lag."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            printer = Printer(form, ("name", "state", "members", "lag", "topics"))
            for group in await opened.kafka.groups():
                topics = sorted({place.topic for place in group.partitions})
                printer.row([group.name, group.state, len(group.members), group.lag, topics])
            printer.end()
        return DONE

    return run(work)


def group_describe(settings: Settings, name: str) -> int:
    """A group with members and lag by partition, as JSON."""

    async def work() -> int:
        async with pipeline(settings) as opened:
            found = next((group for group in await opened.kafka.groups() if group.name == name), None)
            if found is None:
                raise PipelineError(f"There is no consumer group '{name}' at {opened.addresses.kafka}",
                                    hint="List them: clickstream-tui groups")  # fmt: skip
            body = asdict(found)
            body["partitions"] = [{**asdict(place), "lag": place.lag} for place in found.partitions]
            print(json.dumps(body, indent=1))
        return DONE

    return run(work)


def group_delete(settings: Settings, name: str) -> int:
    """Deletes a group."""
    return _act(settings, lambda operations: operations.delete_group(name), f"The group {name} is deleted.")


def group_reset(settings: Settings, name: str, topic: str, to: str, *, execute: bool, form: Format) -> int:
    """Shows what a reset would do, and with `execute` does it."""

    async def work() -> int:
        place = ResetTo.parse(to, time.time())
        async with pipeline(settings) as opened:
            changes = await opened.kafka.preview_reset(name, topic, place)
            printer = Printer(form, ("topic", "partition", "before", "after", "skipped", "repeated"))
            for each in changes:
                printer.row([each.topic, each.partition, each.before, each.after, each.skipped, each.repeated])
            printer.end()
            if execute:
                await opened.operations.reset_offsets(name, changes)
        say("The offsets are reset." if execute else "Nothing was changed; do it with --execute.")
        return DONE

    return run(work)
