"""Keeps Python's search for cycles short: it stops everything, keys too, while it lasts.

What the console holds once it stands (code, grammar, widgets: 170,000 objects) is looked through in a tenth of a
second, and needs that only once.
"""

from __future__ import annotations

import gc

_YOUNG = 5_000  # objects made before the youngest are looked through


def keep() -> None:
    """Leaves out of all later searches what there is now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


def release() -> None:
    """Puts everything back among what is searched."""
    gc.unfreeze()
