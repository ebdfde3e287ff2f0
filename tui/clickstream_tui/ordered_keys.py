"""Keys that come in one packet act as if they were typed slowly.

Textual hands a key to the widget that has the focus when the key is read, and a key before it may still wait in that
widget's queue: `2s`, as SSH sends it, stopped what the pane before had. Here a key is handed on only when the one before it
has been taken by everyone it concerns, and the focus that it asked for is there. A screen that still fetches what it
shows holds the keys that are for it, as they cannot mean anything else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable

from textual import events
from textual.app import App, ReturnType, ScreenStackError
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.screen import Screen

_LAPS = 3  # a widget answers a key with a message, its pane that with another: each lap comes behind one more of them
_HELD = 1_000  # keys that wait at most: what is pasted without brackets is longer only by mistake
_LEAVE = frozenset({"escape", "ctrl+c", "ctrl+q"})  # these never wait: who presses them wants no more of what was typed


class Awaits:
    """A screen that opens before it has what it shows. Keys that are for it are held until then; others are not."""

    @property
    def is_awaiting(self) -> bool:
        """Whether what the screen is about is still on its way."""
        return False

    def arrived(self) -> None:
        """What was awaited is there, or never comes: the keys that were held are for the screen as it is now."""
        app = self.app if isinstance(self, DOMNode) else None
        if isinstance(app, OrderedKeysApp):
            app.call_later(app.take_held)


class OrderedKeysApp(App[ReturnType]):
    """An application that takes one key at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._keys_held: deque[events.Key] = deque(maxlen=_HELD)
        self._key_taken: events.Key | None = None
        self._keys_taken = 0

    @property
    def open_screen(self) -> Screen[object] | None:
        """The screen that is open; None once the application has ended, while what it was told last is still on its way."""
        try:
            return self.screen
        except ScreenStackError:
            return None

    async def on_event(self, event: events.Event) -> None:
        """Holds a key back while the one before it is on its way."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        else:
            self._keys_held.append(event)
            await self.take_held()

    def _must_wait(self, key: str) -> bool:
        """Whether a key is for a screen that is not there yet; one of the application's own goes where it always does."""
        screen = self.open_screen
        if not (isinstance(screen, Awaits) and screen.is_awaiting) or key in _LEAVE:
            return False
        active = screen.active_bindings.get(key)
        return active is None or active.node is not self

    async def take_held(self) -> None:
        """Takes the next key that is held, unless one is on its way or it has to wait."""
        held = self._keys_held
        if self._key_taken is not None or not held or self.open_screen is None:
            return
        if self._must_wait(held[0].key):
            if not any(event.key in _LEAVE for event in held):
                return
            while held[0].key not in _LEAVE:
                held.popleft()
        await self._take(held.popleft())

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
        opened = self.open_screen
        if opened is None or opened is screen or not opened.call_later(self.call_later, self._arrived, opened):
            self.call_next(self._next_key)

    async def _next_key(self) -> None:
        self._key_taken = None
        self._keys_taken += 1
        await self.take_held()

    async def _press_keys(self, keys: Iterable[str]) -> None:
        """The keys of a test's pilot, which looks at the screen once all of them have been taken."""
        wanted = [*keys]
        end = self._keys_taken + sum(not key.startswith("wait:") for key in wanted)
        await super()._press_keys(wanted)
        with contextlib.suppress(TimeoutError):  # a key that ends the application is not seen to be taken
            async with asyncio.timeout(5):
                while self._keys_taken < end and self.is_running:  # noqa: ASYNC110 - a test's pilot only
                    await asyncio.sleep(0.001)
