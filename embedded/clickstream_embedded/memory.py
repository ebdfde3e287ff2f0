"""Memory that is given back: few arenas, and what glibc keeps free is returned to the system."""

from __future__ import annotations

import ctypes
import sys

_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def _libc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        found = ctypes.CDLL("libc.so.6")
        found.malloc_trim  # noqa: B018 - not there in other C libraries
    except (OSError, AttributeError):
        return None
    return found


_LIBC = _libc()


def limit_arenas(most: int = 2) -> None:
    """As MALLOC_ARENA_MAX: threads share that many heaps, so that one's burst serves the others. Call it at the start."""
    if _LIBC is not None:
        _LIBC.mallopt(_ARENA_MAX, most)


def give_back() -> None:
    """Returns free memory to the system, where the C library can."""
    if _LIBC is not None:
        _LIBC.malloc_trim(0)
