"""The application's keys in one table: bindings, help and rebinding read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.binding import Binding

from clickstream_pipeline.errors import PipelineError

APP_KEYS: list[Any] = [
    Binding("f1,question_mark", "help", "Help", key_display="?", id="app.help", tooltip="All keys"),
    Binding(
        "colon",
        "command_palette",
        "Palette",
        show=False,
        id="app.palette",
        tooltip="Every command by name (also ctrl+p)",
    ),
    *(
        Binding(
            str(number), f"pane({number})", name, show=False, id=f"app.pane{number}", tooltip=f"Go to the pane {name}"
        )
        for number, name in enumerate(("Stages", "Services", "Connectors", "Tail", "ksqlDB", "Charts"), 1)
    ),
    *(
        Binding(
            str(number % 10), f"browse('{name.lower()}')", name, show=False, id=f"app.{name.lower()}", tooltip=tooltip
        )
        for number, name, tooltip in (
            (7, "Topics", "Topics: partitions, offsets, configuration"),
            (8, "Queries", "Streams, tables and queries"),
            (9, "Flow", "How records flow from connectors to indices"),
            (10, "Tasks", "The six tasks of the tutorial, answered"),
        )
    ),
    Binding(
        "K,f4",
        "browse('quickstart')",
        "Quickstart",
        show=False,
        id="app.quickstart",
        tooltip="Kafka's own quickstart, step by step",
    ),
    Binding(
        "f9,g",
        "dashboard",
        "Dashboard",
        show=False,
        id="app.dashboard",
        tooltip="The dashboard, as Grafana shows it; another with --dashboard FILE",
    ),
    Binding(
        "z,f10",
        "maximise",
        "Full screen",
        id="app.maximise",
        key_display="z",
        tooltip="One pane over the whole screen, and back",
    ),
    Binding("ctrl+r,f6", "refresh", "Refresh", show=False, id="app.refresh", tooltip="Ask all servers now"),
    Binding(
        "exclamation_mark,A",
        "alerts",
        "Alerts",
        show=False,
        id="app.alerts",
        key_display="!",
        tooltip="Alerts that hold now, and their rules",
    ),
    Binding(
        "L", "command_log", "Command log", id="app.log", tooltip="Every request that changed something, as a shell line"
    ),
    Binding(
        "t",
        "sessionize",
        "Sessionize",
        id="app.sessionize",
        tooltip="Start or stop the cycle of pauses that ends sessions",
    ),
    Binding(
        "q,ctrl+q",
        "quit",
        "Quit",
        key_display="q",
        id="app.quit",
        tooltip="Leave; a stack that the console started stops",
    ),
]


def bindings_of(groups: Iterable[tuple[str, Iterable[Any]]]) -> list[tuple[str, Binding]]:
    """(group, binding) of every binding in these groups."""
    return [(name, binding) for name, bindings in groups for binding in bindings if isinstance(binding, Binding)]


def help_text(groups: Iterable[tuple[str, Iterable[Any]]]) -> str:
    """The help screen's text."""
    lines: list[str] = []
    last = ""
    for group, binding in bindings_of(groups):
        if group != last:
            lines += ["", group.upper()]
            last = group
        keys = ", ".join(key.strip().replace("question_mark", "?").replace("colon", ":").replace("exclamation_mark", "!").replace("right_square_bracket", "]")
                         .replace("left_square_bracket", "[") for key in binding.key.split(","))  # fmt: skip
        lines.append(f"  {keys:<16} {binding.tooltip or binding.description}")
    return "\n".join(lines).strip()


def checked_keymap(keys: dict[str, str], groups: Iterable[tuple[str, Iterable[Any]]]) -> dict[str, str]:
    """The user's keys by binding id. Raises PipelineError for an unknown id or two actions on one key of a group."""
    known = {binding.id: (group, binding) for group, binding in bindings_of(groups) if binding.id}
    for name in keys:
        if name not in known:
            raise PipelineError(
                f"The settings bind a key to '{name}', which is no action",
                hint=f"Actions are: {', '.join(sorted(known))}",
            )
    taken: dict[tuple[str, str], str] = {}
    for name, (group, binding) in known.items():
        for key in keys.get(name, binding.key).split(","):
            other = taken.setdefault((group, key.strip()), name)
            if other != name and (name in keys or other in keys):
                raise PipelineError(f"The settings bind the key '{key}' to both '{other}' and '{name}'")
    return keys
