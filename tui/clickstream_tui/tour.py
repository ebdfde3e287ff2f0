"""The tour: six steps that say where things are, and whether it was shown already."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
from rich.text import Text

from clickstream_tui.settings import Settings

STATE = "console_state.json"  # in the home folder
_KEY = re.compile(r"\{([a-z_.]+)\}")

# {id} stands for the key that is bound to the action of that id
STEPS: tuple[tuple[str, str], ...] = (
    ("Where to look", ("the first row is the pipeline, from the generators to the dashboard. Pane 1 tells how far the start is, "
     "then what is broken, since when and why.")),
    ("Panes", ("{app.pane1} {app.pane2} {app.pane3} {app.pane4} {app.pane5} {app.pane6} go to a pane, {app.maximise} gives it "
     "the whole screen and takes it back. A click does it too.")),
    ("Screens", ("{app.topics} topics, {app.queries} queries, {app.flow} flow, {app.tasks} tasks, {app.groups} consumer groups, "
     "{app.dashboard} dashboard. In a list {browse.filter} filters, {list.sort} sorts, esc goes back.")),
    ("ksqlDB", ("{app.pane5} is the editor: {ksql.run} runs all its statements, {ksql.run_here} the one at the cursor. esc ends "
     "a query that would go on for ever.")),
    ("Commands", ("{app.command} takes one, such as: topic clickstream, or: logs kafka. tab completes it. ctrl+p lists every "
     "action there is.")),
    ("Help", ("the last line has the keys that work now, {app.help} all of them, {app.events} what happened. What stops, deletes "
     "or resets asks first. {app.command}tour shows this again.")),
)  # fmt: skip


class _State(msgspec.Struct):
    """What the console keeps of a home folder besides its texts."""

    tour_shown: bool = False


def is_due(settings: Settings) -> bool:
    """Whether this is the first start, and the keys of the tour do what it says; from then on it is not.

    Who watches a recording, may change nothing, or comes through a browser (`serve`) has not asked for a lesson. Where it
    cannot be kept that the tour was shown, it is not: it would come at each start.
    """
    if settings.replay is not None or settings.read_only or os.environ.get("TEXTUAL_DRIVER"):
        return False
    path = settings.home / STATE
    return not _was_shown(path) and _keep_shown(path)


def _was_shown(path: Path) -> bool:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_State).tour_shown
    except (OSError, msgspec.MsgspecError):
        return False


def _keep_shown(path: Path) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(_State(tour_shown=True)))
    except OSError:
        return False
    return True


def step_text(number: int, key_of: Callable[[str], str]) -> Text:
    """What a step says, with its title and its keys in bold.

    Args:
        number: of the step, from 0.
        key_of: the key of an action's id, as it is bound now.
    """
    title, words = STEPS[number]
    text = Text.assemble((f"{title}: ", "bold"))
    for place, part in enumerate(_KEY.split(words)):  # every second one is the id of an action
        text.append(key_of(part), "bold") if place % 2 else text.append(part)
    return text
