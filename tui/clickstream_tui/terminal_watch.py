"""Ends the console when its terminal has gone without telling it: no SIGHUP comes where the terminal was not the controlling one.

Textual's reader takes the end of the input for nothing and asks again at once, and its writer waits for ever: the console
would stay, use a core, and keep its stack running for nobody.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from types import TracebackType

_ENDED = 129  # as a shell tells a process that SIGHUP ended
_GONE = select.POLLHUP | select.POLLERR


class TerminalWatch:
    """A thread that waits for the terminal to hang up; as a context, for as long as the console runs.

    Args:
        terminal: the file descriptor of its input.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._woken, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._watch, name="terminal-watch", daemon=True)

    def __enter__(self) -> TerminalWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._waker)
        self._thread.join()
        os.close(self._woken)

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._terminal, 0)  # a hang-up is told unasked
        poll.register(self._woken, 0)
        for descriptor, event in poll.poll():
            if descriptor == self._terminal and event & _GONE:
                # as SIGHUP does it: at once, as a farewell would wait for a terminal that has gone; the stack ends with its lease
                os.kill(os.getpid(), signal.SIGHUP)
                os._exit(_ENDED)  # SIGHUP was ignored, as nohup has it
