"""A connector's configuration, to be changed: the plugin checks it, the difference is shown, and only then it is sent."""

from __future__ import annotations

from collections.abc import Mapping

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from clickstream_pipeline.clients.connect import MASK, ConnectClient, config_changes, masked
from clickstream_pipeline.errors import PipelineError
from clickstream_widgets.safe_text import printable

_LAST = ("connector.class", "name")  # what is hardly ever changed comes last


def written(config: Mapping[str, str]) -> str:
    """A configuration as lines of `key=value`, its secrets masked."""
    lines = sorted(masked(dict(config)), key=lambda pair: (pair[0] in _LAST, pair[0]))
    return "\n".join(f"{key}={value}".replace("\n", "\\n") for key, value in lines)


def read(text: str, before: Mapping[str, str]) -> dict[str, str]:
    """The configuration that lines of `key=value` say; a masked secret that was left as it is keeps its value."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and key.strip() and not key.lstrip().startswith("#"):
            name = key.strip()
            found[name] = before[name] if value == MASK and name in before else value.replace("\\n", "\n")
    return found


class EditConnectorScreen(ModalScreen[dict[str, str] | None]):
    """Gives the configuration that was checked and agreed to; None where nothing is to be sent."""

    BINDINGS = [
        Binding("escape", "back", "Cancel"),
        Binding("ctrl+j,f5", "check", "Check", priority=True),
        Binding("y", "send", "Send", show=False),
        Binding("n", "back", "Cancel", show=False),
    ]

    def __init__(self, client: ConnectClient, name: str, config: Mapping[str, str], *, new: bool = False) -> None:
        super().__init__()
        self._client = client
        self._name = name
        self._before = {} if new else dict(config)
        self._start = dict(config)
        self._agreed: dict[str, str] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide") as box:
            box.border_title = printable(f"Configuration of {self._name}")
            yield TextArea(written(self._start), id="edit-text", tab_behavior="focus")
            with VerticalScroll(id="edit-found"):
                yield Static(
                    "F5 or ctrl+j checks it and shows the difference · esc cancels", id="edit-note", markup=False
                )

    def on_mount(self) -> None:
        editor = self.query_one(TextArea)
        editor.focus()
        editor.move_cursor((0, len(editor.document.get_line(0))))

    @work(exclusive=True, group="edit.check", exit_on_error=False)
    async def action_check(self) -> None:
        """Has the plugin check the configuration; what it takes can be sent."""
        wanted = read(self.query_one(TextArea).text, self._start)
        self._agreed = None
        try:
            problems = await self._client.validate({**wanted, "name": self._name})
        except PipelineError as error:
            self._say(str(error))
            return
        if problems:
            self._say("The plugin refuses this, and nothing was sent:\n"
                      + "\n".join(f"  {each.setting}: {each.problem}" for each in problems))  # fmt: skip
            return
        changes = config_changes(self._before, wanted)
        if not changes:
            self._say("Nothing is changed: esc leaves.")
            return
        self._agreed = wanted
        lines = [f"  {key}: {before or '(not set)'} → {after or '(not set)'}" for key, before, after in changes]
        self._say("The plugin takes it. This is changed:\n" + "\n".join(lines) + "\nSend it? y sends, n or esc cancels")
        self.query_one("#edit-found").focus()

    def _say(self, text: str) -> None:
        self.query_one("#edit-note", Static).update(printable(text))

    def action_send(self) -> None:
        """Sends what was checked; nothing before it was."""
        if self._agreed is not None:
            self.dismiss(self._agreed)

    def action_back(self) -> None:
        """Back to the editor first where a difference is shown, then away."""
        if self._agreed is not None:
            self._agreed = None
            self.query_one(TextArea).focus()
            self._say("Not sent. F5 checks again · esc cancels")
        else:
            self.dismiss(None)
