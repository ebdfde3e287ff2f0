"""Runs a command in a pseudo terminal, reads all that it writes, and counts it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")


@dataclass
class Seen:
    """What came out: bytes in all, and when (seconds after the start) each wanted text was first there."""

    bytes: int = 0
    texts: dict[str, float] = field(default_factory=dict[str, float])
    marks: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])


def watch(
    command: list[str], environment: dict[str, str], *, seconds: float, size: tuple[int, int] = (80, 24),
    wanted: dict[str, re.Pattern[bytes]] | None = None, done: Callable[[Seen], bool] = lambda _: False,
) -> Seen:  # fmt: skip
    """Runs until `done`, the end of the command, or `seconds`; then ends it by a signal: `q` is answered by a question."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    seen, rest = Seen(), b""
    try:
        while time.monotonic() - started < seconds and not done(seen):
            ready, _, _ = select.select([master], [], [], 0.05)
            if not ready:
                if process.poll() is not None:
                    break
                continue
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            now = time.monotonic() - started
            seen.bytes += len(data)
            seen.marks.append((now, seen.bytes))
            plain = _ESCAPES.sub(b"", rest + data)
            rest = data[-200:]
            for name, pattern in (wanted or {}).items():
                if name not in seen.texts and pattern.search(plain):
                    seen.texts[name] = now
    finally:
        try:
            process.terminate()
            deadline = time.monotonic() + 15
            while process.poll() is None and time.monotonic() < deadline:
                if select.select([master], [], [], 0.1)[0]:
                    os.read(master, 65536)
        except OSError:
            pass
        if process.poll() is None:
            process.kill()
        process.wait(10)
        os.close(master)
    return seen
