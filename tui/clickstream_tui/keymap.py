"""The application's keys in one table: bindings, help and rebinding read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from textual.binding import Binding
from textual.screen import Screen

from clickstream_pipeline.errors import PipelineError

KeyGroups = list[tuple[str, Iterable[Any]]]
"""Tables of bindings, by where their keys work."""

APP_KEYS: list[Any] = [
    Binding("f1,question_mark", "help", "Help", key_display="?", id="app.help", tooltip="All keys"),
    Binding(
        "colon",
        "command",
        "Command",
        id="app.command",
        key_display=":",
        tooltip="Type a command, such as topic clickstream; all others are in the palette (ctrl+p)",
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
        "w,f12", "browse('groups')", "Groups", show=False, id="app.groups", tooltip="Consumer groups and their lag"
    ),
    Binding(
        "f9",
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
    Binding(
        "P",
        "strip",
        "Pipeline",
        show=False,
        id="app.strip",
        tooltip="To the row of the pipeline's parts: left and right choose one, enter shows it",
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
    Binding("M", "message", "Message", show=False, id="app.message", tooltip="The last message in full"),
    Binding("U", "profile", "Profiles", show=False, id="app.profiles", tooltip="Clusters: test them, go to one"),
    Binding(
        "E",
        "events",
        "Events",
        show=False,
        id="app.events",
        tooltip="Everything that happened: messages, changes, restarts, failures, alerts",
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
        tooltip="Leave; asks where the stack stops with the console",
    ),
    Binding("ctrl+c", "quit", "Quit", show=False, id="app.interrupt", tooltip="Leave, as q does"),
    Binding(
        "ctrl+z",
        "suspend_process",
        "Suspend",
        show=False,
        priority=True,
        id="app.suspend",
        tooltip="Back to the shell; fg returns",
    ),
    Binding(
        "greater_than_sign", "tour_on(1)", "Next step", show=False, id="tour.on", tooltip="The next step of the tour"
    ),
    Binding(
        "less_than_sign", "tour_on(-1)", "Last step", show=False, id="tour.back", tooltip="The step of the tour before"
    ),
    Binding("escape,Q", "tour_end", "Skip", show=False, id="tour.end", tooltip="End the tour"),
    Binding("semicolon", "replay_hold", "Pause", id="replay.hold", key_display=";", tooltip="Stand still, or go on"),
    Binding("comma", "replay_jump(-10.0)", "Back", id="replay.back", key_display=",", tooltip="Ten seconds back"),
    Binding("full_stop", "replay_jump(10.0)", "On", id="replay.on", key_display=".", tooltip="Ten seconds on"),
    Binding("plus", "replay_speed(1)", "Faster", id="replay.faster", key_display="+", tooltip="Faster"),
    Binding("minus", "replay_speed(-1)", "Slower", id="replay.slower", key_display="-", tooltip="Slower"),
]


def bindings_of(groups: KeyGroups) -> list[tuple[str, Binding]]:
    """(group, binding) of every binding in these groups."""
    return [(name, binding) for name, bindings in groups for binding in bindings if isinstance(binding, Binding)]


# What a key means is told by its first word here; keys in one set mean the same thing to a person.
_SAME = (
    frozenset({"Pause", "Pause/resume"}),
    frozenset({"Back", "Cancel", "All", "Skip"}),
    frozenset({"Top", "scroll_home"}),
    frozenset({"Delete", "Drop"}),
    frozenset({"Next part", "Later"}),
    frozenset({"Part before", "Earlier"}),
)
_SIGNS = {
    "question_mark": "?", "colon": ":", "exclamation_mark": "!", "right_square_bracket": "]", "left_square_bracket": "[",
    "slash": "/", "semicolon": ";", "comma": ",", "full_stop": ".", "plus": "+", "minus": "-", "less_than_sign": "<",
    "greater_than_sign": ">", "escape": "esc",
}  # fmt: skip


def check_one_meaning(groups: KeyGroups) -> None:
    """Raises ValueError where a key does one thing here and another there: the hand would hit the wrong one."""
    meanings: dict[str, tuple[str, str]] = {}
    for group, binding in bindings_of(groups):
        for key in binding.key.split(","):
            meaning = binding.description
            before, where = meanings.setdefault(key.strip(), (meaning, group))
            if before != meaning and not any(before in same and meaning in same for same in _SAME):
                raise ValueError(f"The key '{key}' means '{before}' in {where} and '{meaning}' in {group}")


def _written(key: str) -> str:
    return ", ".join(_SIGNS.get(each.strip(), each.strip()) for each in key.split(","))


def help_text(groups: KeyGroups, keys: Mapping[str, str] | None = None) -> str:
    """All keys by where they work; `keys` are the user's own, by binding id."""
    lines: list[str] = []
    last = ""
    for group, binding in bindings_of(groups):
        if group != last:
            lines += ["", group.upper()]
            last = group
        key = (keys or {}).get(binding.id or "", binding.key)
        lines.append(f"  {_written(key):<16} {binding.tooltip or binding.description}")
    return "\n".join(lines).strip()


def bound_keys(groups: KeyGroups, keys: Mapping[str, str]) -> dict[str, str]:
    """The key of each action's id, as it is written for people; `keys` are the user's own."""
    found: dict[str, str] = {}
    for _, binding in bindings_of(groups):
        if binding.id:
            own = keys.get(binding.id)
            first = (own or binding.key).split(",")[0]
            found[binding.id] = binding.key_display if binding.key_display and own is None else _written(first)
    return found


def help_of(screen: Screen[Any], groups: KeyGroups, keys: Mapping[str, str]) -> str:
    """The keys that work on a screen now, as they are bound, then all others by where they work."""
    here: dict[str, list[str]] = {}
    for _, binding, enabled, tooltip in screen.active_bindings.values():
        if binding.id and enabled:
            words = tooltip or binding.tooltip or binding.description
            here.setdefault(words, []).append(_written(binding.key))
    lines = [f"  {', '.join(dict.fromkeys(bound)):<16} {words}" for words, bound in here.items() if words]
    return "\n".join(["HERE", *lines, "", help_text(groups, keys), "", "Every command is also in the palette: ctrl+p"])


def checked_keymap(keys: dict[str, str], groups: KeyGroups) -> dict[str, str]:
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
