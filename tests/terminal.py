"""The console in a pseudo terminal: what is written to it is typed, and its screen can be read."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

LIMIT = 60.0  # seconds for what is to be seen


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class PseudoTerminal:
    """The console, or a shell from which it can be started, in a terminal of a size. `seen` is all that was written so far."""

    def __init__(
        self, arguments: list[str], home: Path, *, size: tuple[int, int] = (120, 36), term: str = "xterm-256color",
        shell: bool = False,
    ) -> None:  # fmt: skip
        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = {
            **os.environ, "CLICKSTREAM_HOME": str(home), "CLICKSTREAM_PORTS": "free", "TERM": term, "LANG": "C.UTF-8",
            "PS1": "the-shell> ",
        }  # fmt: skip
        self.command = [sys.executable, "-m", "clickstream_tui", *arguments]
        # a shell has the terminal for its own, and gives it to the jobs that it runs
        command = ["bash", "--norc", "--noprofile", "-i"] if shell else self.command
        self.process = subprocess.Popen(
            command, stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True,
            preexec_fn=_take_terminal if shell else None,
        )  # fmt: skip
        os.close(side)
        self._open = True
        self.seen = b""

    def type(self, keys: str) -> None:
        """All keys in one write."""
        os.write(self._main, keys.encode())

    def read(self, seconds: float) -> bytes:
        """What comes until there is something, or until the time is over."""
        ready, _, _ = select.select([self._main], [], [], seconds)
        if not ready:
            return b""
        try:
            found = os.read(self._main, 65536)
        except OSError:  # the other side is closed
            return b""
        self.seen += found
        return found

    def until(self, text: str, *, since: int = 0, limit: float = LIMIT) -> None:
        """Reads until a text is among what was written since a place. Texts are drawn piece by piece: look for one word."""
        deadline = time.monotonic() + limit
        while text.encode() not in self.seen[since:]:
            assert time.monotonic() < deadline, f"{text!r} was not seen; the last: {self.seen[-2000:]!r}"
            self.read(0.2)

    def ended(self, limit: float = LIMIT) -> int:
        """Waits for the end, reading on; gives the exit code."""
        deadline = time.monotonic() + limit
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"the console did not end; the last: {self.seen[-2000:]!r}"
            self.read(0.2)
        while self.read(0.1):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """The terminal goes away, as a window that is closed: its session is told, and nothing can be written any more."""
        os.close(self._main)
        self._open = False
        self.process.send_signal(signal.SIGHUP)

    def vanish(self) -> None:
        """The terminal goes away and nobody tells: it was not the controlling one, or who held it was killed."""
        os.close(self._main)
        self._open = False

    def close(self) -> None:
        """Ends what is left."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._open:
            os.close(self._main)
