"""The commands that `:` takes, as data: a name, what it is about, and the action of the console that does it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.fuzzy import Matcher

from clickstream_pipeline.model import Snapshot
from clickstream_pipeline.stages import STAGES


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Args:
        names: how it may be called; the first is shown.
        words: what it does, for the list.
        action: of the console, such as `browse`.
        fixed: what the action is given first.
        about: what its argument names (topic, group …), "" where it takes none.
    """

    names: tuple[str, ...]
    words: str
    action: str
    fixed: tuple[str | int, ...] = ()
    about: str = ""


COMMANDS = (
    Command(("topics", "topic"), "Topics; with a name, that one", "browse", ("topics",), "topic"),
    Command(("queries", "query", "streams", "tables"), "Streams, tables and queries; with a name or an id, that one",
            "browse", ("queries",), "source"),
    Command(("groups", "group"), "Consumer groups; with a name, that one", "browse", ("groups",), "group"),
    Command(("connectors", "connector"), "Connectors, those that fail first; with a name or a word, such as failed, what matches", "reach", (3,), "connector"),
    Command(("services", "service"), "Services; with a name or a word, what matches", "reach", (2,), "service"),
    Command(("logs", "log"), "The log of a service, live; all merges them by time", "logs", (), "log"),
    Command(("profile", "profiles"), "Profiles; with a name, go to that cluster", "profile", (), "profile"),
    Command(("stage",), "Run one stage of the start", "stage", (), "stage"),
    Command(("stages",), "The stages of the start", "reach", (1,)),
    Command(("tail", "records"), "The records of clickstream as they come; with a name, those of that topic", "tail", (), "topic"),
    Command(("ksqldb", "sql"), "The editor of ksqlDB statements", "reach", (5,)),
    Command(("charts",), "Bandwidth, errors and sessions", "reach", (6,)),
    Command(("flow",), "How records flow from connectors to indices", "browse", ("flow",)),
    Command(("tasks",), "The six tasks of the tutorial, answered", "browse", ("tasks",)),
    Command(("quickstart",), "Kafka's own quickstart, step by step", "browse", ("quickstart",)),
    Command(("dashboard",), "The dashboard, as Grafana shows it", "dashboard"),
    Command(("events",), "Everything that happened", "events"),
    Command(("commandlog",), "Every request that changed something", "command_log"),
    Command(("alerts",), "Alerts that hold now, and their rules", "alerts"),
    Command(("help", "keys"), "All keys", "help"),
    Command(("tour",), "The six steps of the first start again", "tour"),
    Command(("sessionize",), "Start or stop the cycle of pauses that ends sessions", "sessionize"),
    Command(("run", "up"), "Run every stage that is not done", "run_all"),
    Command(("refresh",), "Ask all servers now", "refresh"),
    Command(("message",), "The last message in full", "message"),
    Command(("maximise", "fullscreen"), "One pane over the whole screen, and back", "maximise"),
    Command(("theme",), "Colours; with a name, those", "colours", (), "theme"),
    Command(("screenshot",), "A picture of the screen, as a file", "screenshot"),
    Command(("palette",), "Every action there is, as a list", "command_palette"),
    Command(("leave",), "Leave, and keep the stack running", "leave_running"),
    Command(("quit", "q"), "Leave; asks where the stack stops with the console", "quit"),
)  # fmt: skip


def find(text: str) -> tuple[Command, str] | None:
    """The command that a text calls, and its argument; None for no command."""
    name, _, argument = text.strip().removeprefix(":").partition(" ")
    found = next((each for each in COMMANDS if name.lower() in each.names), None)
    return None if found is None else (found, argument.strip())


def suggestion(text: str) -> str:
    """What was perhaps meant, as the end of a sentence."""
    name = text.strip().removeprefix(":").partition(" ")[0].lower()
    names = [each for command in COMMANDS for each in command.names]
    close = difflib.get_close_matches(name, names, 1)
    return f"Did you mean '{close[0]}'?" if close else "tab shows all of them"


def arguments(about: str, snapshot: Snapshot, choices: Mapping[str, Iterable[str]]) -> list[str]:
    """What can be named now, of a kind; `choices` are those that no snapshot has, by kind."""
    match about:
        case "topic":
            return [topic.name for topic in snapshot.topics]
        case "source":
            return [source.name for source in snapshot.sources] + [query.query_id for query in snapshot.queries]
        case "group":
            return [group.name for group in snapshot.groups]
        case "connector":
            return [connector.name for connector in snapshot.connectors]
        case "service":
            return [service.name for service in snapshot.services]
        case "log":
            return [*(service.name for service in snapshot.services), "all"]
        case "stage":
            return [stage.name for stage in STAGES]
        case _:
            return list(choices.get(about, ()))


def completions(text: str, snapshot: Snapshot, choices: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """(text, words) of what the typed text can become, the best first; letters may be left out."""
    text = text.lstrip().removeprefix(":")
    name, space, argument = text.partition(" ")
    if not space:
        wanted = [(command.names[0], command.words, command.names) for command in COMMANDS]
        return _ranked(name, [(shown, words, names) for shown, words, names in wanted])
    found = find(name)
    if found is None or not found[0].about:
        return []
    known = arguments(found[0].about, snapshot, choices)
    return [(f"{name} {each}", "") for each, _ in _ranked(argument, [(each, "", (each,)) for each in known])]


def _ranked(wanted: str, items: list[tuple[str, str, tuple[str, ...]]]) -> list[tuple[str, str]]:
    if not wanted:
        return [(shown, words) for shown, words, _ in items]
    matcher = Matcher(wanted)
    scored = [(max(map(matcher.match, names)), shown, words) for shown, words, names in items]
    return [(shown, words) for score, shown, words in sorted(scored, key=lambda each: -each[0]) if score > 0]
