"""How Python is set for a process that computes queries: the server, and its worker."""

from __future__ import annotations

import gc
import sys

from clickstream_embedded.memory import give_back, limit_arenas

YOUNG = 30.0  # seconds between collections of what is new
_FULL = 20  # of them one of everything
_TURN = 0.02  # seconds that a thread computes before another gets its turn


def prepare() -> None:
    """Leaves looking for cycles to `collect`, and has all threads share one heap. To be called before there are any.

    Records are short-lived tuples without cycles; looking through them each time some thousands were made, as Python
    does by itself, costs a fifth of the engine's time.
    """
    gc.disable()
    sys.setswitchinterval(_TURN)
    # glibc keeps what a thread gave back for that thread alone: with a thread or two for each query, 30 MB lie idle
    limit_arenas(1)


def collect(count: int) -> None:
    """Looks for cycles, for the `count`th time, and returns free memory; to be called each `YOUNG` seconds."""
    gc.collect(0 if count % _FULL else 2)
    give_back()
