"""Fifty ways out in a row, each in a real terminal: none leaves a traceback, a wrong code, or a process."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from clickstream_pipeline.recording import Recorder
from tests.snapshot.home_states import ILL
from tests.terminal import PseudoTerminal

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
EXITS = 50
# by key, by the palette, by ctrl+c, by a signal; from home, from a screen, while a question is open, at once
WAYS: tuple[tuple[str | signal.Signals, ...], ...] = (
    ("q",), ("\x03",), (signal.SIGTERM,), (signal.SIGHUP,), ("9", "q"), ("E", "q"), ("P\r", "q"), ("5", "\x03"),
    ("?", signal.SIGTERM), ("7", signal.SIGHUP), ("123468", "q"), ("z", "\x11"),
)  # fmt: skip
CLOSED = "127.0.0.1:1"  # nothing answers there


def leave(arguments: list[str], home: Path, seen: str, way: tuple[str | signal.Signals, ...]) -> None:
    terminal = PseudoTerminal(arguments, home)
    try:
        terminal.until(seen)
        for step in way:
            if isinstance(step, str):
                terminal.type(step)
            else:
                terminal.process.send_signal(step)
        code = terminal.ended()
        assert code == (-signal.SIGHUP if way[-1] is signal.SIGHUP else 0), (way, terminal.seen[-2000:])
        assert b"Traceback" not in terminal.seen, (way, terminal.seen[-4000:])
        assert b"never retrieved" not in terminal.seen, (way, terminal.seen[-4000:])
    finally:
        terminal.close()


def test_fifty_exits_in_a_row(tmp_path: Path) -> None:
    """Every second one while no server answers: what is being asked then ends with the console."""
    file, home = tmp_path / "run.jsonl", tmp_path / "home"
    recorder = Recorder(file, "embedded")
    recorder.snapshot(ILL)
    recorder.close()
    config = tmp_path / "config.toml"
    config.write_text(
        "profile = 'remote'\n"
        f"[remote.kafka]\nbootstrap = '{CLOSED}'\n"
        + "".join(f"[remote.{name}]\nurl = 'http://{CLOSED}'\n" for name in ("connect", "ksqldb", "elasticsearch"))
    )
    for number in range(EXITS):
        way = WAYS[number // 2 % len(WAYS)]
        if number % 2:
            leave(["--replay", str(file)], tmp_path / "replay", "REPLAY", way)
        else:
            leave(["--config", str(config)], home, "READ-ONLY", way)
