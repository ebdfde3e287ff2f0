"""Keys in one packet, in a real pseudo terminal: they hit what a person who types slowly would hit."""

from __future__ import annotations

import json
import re
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clickstream_pipeline.recording import Recorder
from tests.conftest import wait_until
from tests.screen import ConsoleScreen
from tests.snapshot.states import READY
from tests.terminal import PseudoTerminal

pytestmark = pytest.mark.timeout(300)
# pane, verb, and words of the question or screen that only the right pane's verb has; which row is chosen there depends on
# what is broken just then, as that comes first
PAIRS = (
    ("2", "s", "Stop the service"), ("3", "s", "Stop the connector"), ("3", "p", "Pause the connector"),
    ("3", "D", "Delete the connector"), ("2", "l", "Log of"),
)  # fmt: skip


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PseudoTerminal]:
    terminal = PseudoTerminal([], tmp_path_factory.mktemp("home"))
    try:
        terminal.until("RUNNING", limit=120)  # a connector is listed: events tell its name before that
        yield terminal
    finally:
        terminal.close()


@pytest.mark.long
def test_a_pane_and_a_verb_in_one_write(console: PseudoTerminal) -> None:
    # each begins in the pane whose verbs are the others' too
    for other in ("3", "2"):
        for pane, verb, word in PAIRS:
            since = len(console.seen)
            console.type(other + pane + verb)
            console.until(word, since=since)
            console.type("\x1b[27u")  # escape, in the form that is told from alt without waiting


@pytest.mark.long
def test_nothing_was_changed_by_a_question_that_was_not_answered(console: PseudoTerminal) -> None:
    since = len(console.seen)
    console.type("2s\r")  # enter takes Cancel, which has the focus
    console.until("Stop the service", since=since)
    since = len(console.seen)
    console.type("L")
    console.until("Command", since=since)
    console.type("\x1b[27u")
    assert b"stop kafka" not in console.seen[since:]


@pytest.mark.parametrize("way", ["q", "\x03", signal.SIGTERM, signal.SIGHUP])
@pytest.mark.long
def test_no_way_out_leaves_a_traceback(tmp_path: Path, way: str | signal.Signals) -> None:
    file = recorded(tmp_path)
    terminal = PseudoTerminal(["--replay", str(file)], tmp_path / "home")
    try:
        terminal.until("REPLAY")
        if isinstance(way, str):
            terminal.type(way)
        else:
            terminal.process.send_signal(way)
        assert terminal.ended() == (-signal.SIGHUP if way is signal.SIGHUP else 0)
        assert b"Traceback" not in terminal.seen
    finally:
        terminal.close()


@pytest.mark.long
async def test_the_terminal_tells_its_size_not_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = recorded(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("LINES", "60")
    screen = ConsoleScreen(["--replay", str(file)], tmp_path / "home", size=(80, 24))
    try:

        async def drawn() -> bool:
            lines = screen.lines()
            return bool(re.search(r"\d\d:\d\d:\d\d$", lines[0])) and "Quit" in lines[-1]

        await wait_until(drawn, 30, "a first line with its clock and a last one with its keys")
    finally:
        screen.close()


def recorded(folder: Path) -> Path:
    """A recording of one look at a pipeline that is ready."""
    file = folder / "run.jsonl"
    recorder = Recorder(file, "embedded")
    recorder.snapshot(READY)
    recorder.close()
    return file


@pytest.mark.long
@pytest.mark.parametrize("leave", [PseudoTerminal.vanish, PseudoTerminal.hang_up])
def test_a_terminal_that_goes_away_leaves_no_console_behind(
    tmp_path: Path, leave: Callable[[PseudoTerminal], None]
) -> None:
    file = recorded(tmp_path)
    terminal = PseudoTerminal(["--replay", str(file)], tmp_path / "home")
    try:
        terminal.until("REPLAY")
        leave(terminal)
        assert terminal.process.wait(30) == -signal.SIGHUP
    finally:
        terminal.close()


def test_a_replay_has_no_client_and_says_so(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    home = tmp_path / "home"
    terminal = PseudoTerminal(["--replay", str(file)], home)
    try:
        terminal.until("DATAGEN_CLICKSTREAM")
        since = len(terminal.seen)
        terminal.type("3s")
        terminal.until("replay:", since=since)
        terminal.type("q")
        assert terminal.ended() == 0
    finally:
        terminal.close()
    assert not (home / "stack.json").exists()
    assert not (home / "commands.jsonl").exists()


@pytest.mark.parametrize("content", [None, "no recording", json.dumps({"recording": 99})])
def test_a_bad_recording_is_refused_in_a_sentence(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "bad.jsonl"
    if content is not None:
        file.write_text(content)
    terminal = PseudoTerminal(["--replay", str(file)], tmp_path / "home")
    try:
        assert terminal.ended() in (1, 64)
        assert b"Traceback" not in terminal.seen
        assert b"recording" in terminal.seen
    finally:
        terminal.close()


def test_a_dumb_terminal_is_told_and_pointed_to_the_verbs(tmp_path: Path) -> None:
    terminal = PseudoTerminal([], tmp_path / "home", term="dumb")
    try:
        assert terminal.ended() != 0
        assert b"TERM is dumb" in terminal.seen
        assert b"clickstream-tui status" in terminal.seen
    finally:
        terminal.close()


@pytest.mark.long
def test_ctrl_z_goes_back_to_the_shell_and_fg_returns(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    terminal = PseudoTerminal(["--replay", str(file)], tmp_path / "home", shell=True)
    try:
        terminal.type(f"{shlex.join(terminal.command)}\n")
        terminal.until("REPLAY")
        since = len(terminal.seen)
        terminal.type("\x1a")
        terminal.until("Stopped", since=since)
        since = len(terminal.seen)
        terminal.type("echo sum-$((40 + 2))\n")  # the shell has the keys, and the terminal shows what it says
        terminal.until("sum-42", since=since)
        since = len(terminal.seen)
        terminal.type("fg\n")
        terminal.until("REPLAY", since=since)
        since = len(terminal.seen)
        terminal.type("q")
        terminal.until("the-shell>", since=since)
        terminal.type("echo code-$?\n")
        terminal.until("code-0", since=since)
        assert b"Traceback" not in terminal.seen
    finally:
        terminal.close()
