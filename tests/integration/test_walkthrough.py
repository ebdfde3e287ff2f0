"""The walk through the tutorial in docs/walkthrough.md, played key by key in a real terminal."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.test_pipeline import processes_of
from tests.integration.jvm import packages

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "walkthrough.md"
KEYS = {"enter": "Enter", "down": "Down", "ctrl+j": "C-j", "f4": "F4", "f5": "F5", "f9": "F9", "ctrl+t": "C-t",
        "backspace": "BSpace", "ctrl+e": "C-e"}  # fmt: skip
TAKEN = 4.0  # seconds for a key to show in the line of keys; not all do
LOOKS = 4  # one after another, a tenth of a second apart, that find what is to be seen
LIMIT = 90.0  # seconds for what a line of the document promises


def steps() -> list[tuple[list[str], str]]:
    """(keys, what is to be seen) of each line of the table."""
    section = DOCUMENT.read_text("utf-8").split("## Key by key")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    return [(re.findall(r"`([^`]+)`", row[0]), row[1].strip().strip("`")) for row in rows]


def jobs() -> list[tuple[list[str], int, str]]:
    """(keys, how many at most, what is to be seen) of each job of the second table."""
    section = DOCUMENT.read_text("utf-8").split("## In how many keys")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    return [(re.findall(r"`([^`]+)`", row[1]), int(row[2]), row[3].strip().strip("`")) for row in rows]


class Terminal:
    """A console in tmux."""

    def __init__(self, tmux: str, home: Path, size: tuple[int, int]) -> None:
        self._tmux = [tmux, "-L", f"walk-{os.getpid()}-{size[0]}", "-f", "/dev/null"]
        environment = {**os.environ, "CLICKSTREAM_HOME": str(home), "CLICKSTREAM_PORTS": "free", "LANG": "C.UTF-8"}
        command = shlex.join([sys.executable, "-m", "clickstream_tui"])
        self._run("new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), command, environment=environment)
        self._run("set-option", "-g", "escape-time", "0")

    def _run(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=False, env=environment)
        return done.stdout

    def press(self, key: str) -> None:
        if key == "esc":  # alone it is told from alt by time only; this form of it is the Kitty keyboard protocol's
            self._run("send-keys", "-l", "\x1b[27u")
        else:
            self._run("send-keys", KEYS.get(key, key))

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    @property
    def runs(self) -> bool:
        return bool(self._run("list-sessions"))

    def type(self, keys: list[str]) -> None:
        """Presses keys as a person does: the next one once the console has taken the last, which its line of keys tells."""
        for key in keys[:-1]:
            before, deadline = self._line_of_keys, time.monotonic() + TAKEN
            self.press(key)
            while self._line_of_keys == before and time.monotonic() < deadline:
                time.sleep(0.05)
        for key in keys[-1:]:
            self.press(key)

    @property
    def _line_of_keys(self) -> str:
        return next(iter(self.screen.strip().splitlines()[-1:]), "")

    def until(self, text: str) -> None:
        """Waits for a text that stays: of one that goes with the first layout a person sees nothing."""
        deadline = time.monotonic() + LIMIT
        seen = 0
        while (seen := seen + 1 if text in self.screen else 0) < LOOKS:
            assert self.runs, f"the console ended before it showed {text!r}"
            assert time.monotonic() < deadline, f"{text!r} is not on the screen:\n{self.screen}"
            time.sleep(0.1)

    def kill(self) -> None:
        self._run("kill-server")


def test_the_document_is_played(tmp_path: Path) -> None:
    try:
        tmux = packages.program("tmux")
    except packages.NotInstallable as error:
        pytest.skip(f"the walk through the tutorial did not run: {error}")
    home = tmp_path / "home"
    played = steps()
    assert len(played) > 20
    terminal = Terminal(tmux, home, (120, 40))
    try:
        for keys, seen in played[:-1]:
            terminal.type(keys)
            terminal.until(seen)
        terminal.type(played[-1][0])
        deadline = time.monotonic() + 30
        while terminal.runs or processes_of(home):
            assert time.monotonic() < deadline, f"still there: {terminal.screen or processes_of(home)}"
            time.sleep(0.1)
    finally:
        terminal.kill()


SIZES = ((80, 24), (120, 36), (200, 50))
DESK = {"tabs": [{"text": "SHOW TOPICS;\nSHOW STREAMS;\nSHOW TABLES;", "line": 1, "column": 3}]}


def play_jobs(terminal: Terminal) -> None:
    """Each job from home, and back there."""
    for keys, most, seen in jobs():
        assert len(keys) <= most, keys
        terminal.type(keys)
        terminal.until(seen)
        for _ in range(4):
            terminal.press("esc")
        terminal.type(["1"])


def test_each_job_takes_no_more_keys_than_told(tmp_path: Path) -> None:
    try:
        tmux = packages.program("tmux")
    except packages.NotInstallable as error:
        pytest.skip(f"the jobs of the walk did not run: {error}")
    home = tmp_path / "home"
    home.mkdir()
    (home / "history.jsonl").write_text(json.dumps("SHOW TABLES; -- YESTERDAY") + "\n")
    assert len(jobs()) == 10
    try:
        for number, size in enumerate(SIZES):
            (home / "query_desk.json").write_text(json.dumps(DESK))
            terminal = Terminal(tmux, home, size)
            try:
                terminal.until("all well")
                play_jobs(terminal)
            finally:
                # the next size joins the stack; the last one ends it
                terminal.type(["q"])
                terminal.type(["l" if number == 0 else "y"])
                deadline = time.monotonic() + 30
                while terminal.runs and time.monotonic() < deadline:
                    time.sleep(0.1)
                terminal.kill()
    finally:
        subprocess.run([sys.executable, "-m", "clickstream_tui", "--home", str(home), "down"], check=False, timeout=60)
    assert not processes_of(home)
