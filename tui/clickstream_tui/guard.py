"""Greys the keys of what changes something where nothing may be changed."""

from __future__ import annotations

from typing import ClassVar

from textual.dom import DOMNode

from clickstream_tui.console import Console


class Guarded(DOMNode):
    """Something with keys, some of which change the pipeline."""

    CHANGES: ClassVar[frozenset[str]] = frozenset()
    """The names of the actions that change something."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None, which greys the key, for a change in a read-only console or a replay."""
        app = self.app
        return app.may(changes=action in self.CHANGES) if isinstance(app, Console) else True
