"""Keys that come in one packet act as if they were typed slowly.

Textual hands a key to the widget that has the focus when the key is read, and a key before it may still wait in that
widget's queue: `2s`, as SSH sends it, stopped what the pane before had. Here a key is handed on only when the one before it
has been taken by everyone it concerns, and the focus that it asked for is there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable

from textual import events
from textual.app import App, ReturnType
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.screen import Screen

_LAPS = 3  # a widget answers a key with a message, its pane that with another: each lap comes behind one more of them
_HELD = 1_000  # keys that wait at most: what is pasted without brackets is longer only by mistake


class OrderedKeysApp(App[ReturnType]):
    """An application that takes one key at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._keys_held: deque[events.Key] = deque(maxlen=_HELD)
        self._key_taken: events.Key | None = None
        self._keys_taken = 0

    async def on_event(self, event: events.Event) -> None:
        """Holds a key back while the one before it is on its way."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._key_taken is None:
            await self._take(event)
        else:
            self._keys_held.append(event)

    async def _take(self, event: events.Key) -> None:
        self._key_taken = event
        screen = self.screen
        target = self.focused or screen
        try:
            await super().on_event(event)
        finally:
            self._follow(target, target, screen, _LAPS)

    def _follow(self, node: MessagePump | None, target: MessagePump, screen: Screen[object], laps: int) -> None:
        """Goes the way of the key, behind it in each queue: from the focused widget up to the application."""
        parent = node._parent if isinstance(node, DOMNode) else None  # pyright: ignore[reportPrivateUsage]
        if node is None or node is self or not node.call_later(self._follow, parent, target, screen, laps):
            if laps > 1:
                self.call_later(self._follow, target, target, screen, laps - 1)
            else:
                self.call_later(self._arrived, screen)

    def _arrived(self, screen: Screen[object]) -> None:
        """The key has been taken. A screen that it opened is waited for: until then it has no focus to type into."""
        opened = self.screen
        if opened is screen or not opened.call_later(self.call_later, self._arrived, opened):
            self.call_next(self._next_key)

    async def _next_key(self) -> None:
        self._key_taken = None
        self._keys_taken += 1
        if self._keys_held:
            await self._take(self._keys_held.popleft())

    async def _press_keys(self, keys: Iterable[str]) -> None:
        """The keys of a test's pilot, which looks at the screen once all of them have been taken."""
        wanted = [*keys]
        end = self._keys_taken + sum(not key.startswith("wait:") for key in wanted)
        await super()._press_keys(wanted)
        with contextlib.suppress(TimeoutError):  # a key that ends the application is not seen to be taken
            async with asyncio.timeout(5):
                while self._keys_taken < end and self.is_running:
                    await asyncio.sleep(0.001)
