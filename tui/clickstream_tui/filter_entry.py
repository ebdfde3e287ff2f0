"""The line that a list's filter is typed into: the one place where a list's last filter is kept and offered again."""

from __future__ import annotations

from clickstream_tui.console import console_of
from clickstream_widgets.entry import Entry

REGEX = "a regular expression, ! before it for the opposite"


class FilterEntry(Entry):
    """Hidden until a filter is asked for.

    Args:
        of: the name of the list, under which its last filter is kept.
        value: the filter that it begins with.
        placeholder: what can be typed.
    """

    def __init__(
        self, of: str, value: str = "", *, placeholder: str = REGEX, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(value, placeholder=placeholder, id=id, classes=classes)
        self._of = of
        self.display = bool(value)

    def ask(self) -> None:
        """Asks for a filter; the last one of this list stands there, to be taken again or typed over."""
        self.display = True
        if not self.value:
            self.value = console_of(self).filters.get(self._of, "")
        self.focus()
        self.action_select_all()

    def keep(self) -> None:
        """What stands there is offered when a filter is asked for next."""
        if self.value:
            console_of(self).filters[self._of] = self.value

    def put(self, value: str) -> None:
        """Shows a filter as if it had been typed."""
        self.display, self.value = True, value

    def close(self) -> bool:
        """Takes the filter back; False where none was asked for."""
        if not self.display:
            return False
        self.keep()
        self.value, self.display = "", False
        return True
