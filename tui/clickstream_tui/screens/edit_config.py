"""A configuration, new or to be changed: it is checked, the difference is shown, and only then it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from clickstream_pipeline.clients.connect_settings import PluginSetting, config_changes
from clickstream_pipeline.errors import PipelineError
from clickstream_tui import config_text
from clickstream_tui.ordered_keys import Awaits
from clickstream_widgets.coloured_editor import ColouredEditor
from clickstream_widgets.safe_text import one_line, printable

_HELP = "F5 or ctrl+j checks it and shows the difference · esc cancels"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is edited.

    Args:
        text: as it stands in the editor at first.
        config: what is there now, secrets and all; empty for a new connector.
        settings: what the plugin takes, by name.
    """

    text: str
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: Mapping[str, PluginSetting] = field(default_factory=dict[str, PluginSetting])


Fetch = Callable[[], Awaitable[Draft]]
Check = Callable[[dict[str, str]], Awaitable[Mapping[str, str]]]
"""What is wrong with a configuration, by setting. Raises PipelineError."""


class EditConfigScreen(ModalScreen[dict[str, str] | None], Awaits):
    """Gives the configuration that was checked and agreed to; None where nothing is to be sent.

    It opens at once, and fetches what is edited then: keys that are typed meanwhile are for it.

    Args:
        title: of the dialog.
        fetch: gives what is edited. Raises PipelineError.
        check: what is wrong with it.
        checker: who says that, such as "The plugin".
    """

    BINDINGS = [
        Binding("escape", "back", "Cancel"),
        Binding("ctrl+j,f5", "check", "Check", priority=True),
        Binding("y", "send", "Send", show=False),
        Binding("n", "back", "Cancel", show=False),
    ]

    def __init__(self, title: str, fetch: Fetch, check: Check, *, checker: str) -> None:
        super().__init__()
        self._title = title
        self._fetch = fetch
        self._asked = check
        self._checker = checker
        self._draft: Draft | None = None
        self._failed = False
        self._problems: Mapping[str, str] = {}
        self._agreed: dict[str, str] | None = None

    @property
    def is_awaiting(self) -> bool:
        return self._draft is None and not self._failed

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide") as box:
            box.border_title = printable(self._title)
            editor = ColouredEditor(colour=lambda text: config_text.colours(text, self._problems), id="edit-text")
            editor.read_only = True
            yield editor
            yield Static("", id="edit-field", markup=False)
            with VerticalScroll(id="edit-found"):
                yield Static("asking for the configuration …", id="edit-note", markup=False)

    def on_mount(self) -> None:
        self._editor.focus()
        self._load()

    @property
    def _editor(self) -> ColouredEditor:
        return self.query_one(ColouredEditor)

    @work(exclusive=True, group="edit.load", exit_on_error=False)
    async def _load(self) -> None:
        """Fetches what is edited; why that failed stands in its place."""
        try:
            draft = await self._fetch()
        except PipelineError as error:
            self._failed = True
            self._say(f"{error}\nesc leaves.")
        else:
            self._editor.load_text(draft.text)
            self._editor.read_only = False
            self._editor.move_cursor((0, len(draft.text.split("\n", 1)[0])))
            self._draft = draft
            self._say(_HELP)
            self._tell_field()
        self.arrived()

    # -- the setting under the cursor --------------------------------------------------------------------------

    @on(TextArea.SelectionChanged)
    def _tell_field(self) -> None:
        """What the setting of the cursor's line is, and what is wrong with its value."""
        if self._draft is None:
            return
        key = config_text.key_of(self._editor.document.get_line(self._editor.cursor_location[0]))
        found = self._draft.settings.get(key)
        problem = self._problems.get(key, "")
        if found is None:
            told = "" if not key or not self._draft.settings else f"{key}: nothing is told about it"
        else:
            default = "required" if found.required else f"default {found.default or '(none)'}"
            facts = [found.kind, default, f"importance {found.importance}" if found.importance else ""]
            told = f"{found.name}: {', '.join(filter(None, facts))}\n{one_line(found.documentation, 400)}"
        told = f"✗ {key}: {one_line(problem, 400)}" if problem else told
        shown = self.query_one("#edit-field", Static)
        shown.set_class(bool(problem), "-problem")
        shown.update(printable(told))

    @on(TextArea.Changed)
    def _changed(self) -> None:
        """What was agreed to was another text."""
        self._agreed = None

    # -- check and send ----------------------------------------------------------------------------------------

    def action_check(self) -> None:
        """Has the plugin check the configuration; what it takes can be sent."""
        if self._draft is None:
            return
        self._agreed = None
        self._say("it is checked …")
        self.query_one("#edit-found").focus()  # a y that is typed meanwhile must not go into the text
        self._check(config_text.read(self._editor.text, self._draft.config))

    @work(exclusive=True, group="edit.check", exit_on_error=False)
    async def _check(self, wanted: dict[str, str]) -> None:
        assert self._draft is not None
        try:
            problems = await self._asked(wanted)
        except PipelineError as error:
            self._say(str(error))
            self._editor.focus()
            return
        if problems:
            self._refuse(problems)
            return
        self._mark({})
        changes = config_changes(self._draft.config, wanted)
        if not changes:
            self._say("Nothing is changed: esc leaves.")
            self._editor.focus()
            return
        self._agreed = wanted
        lines = [f"  {key}: {before or '(not set)'} → {after or '(not set)'}" for key, before, after in changes]
        self._say(
            f"{self._checker} takes it. This is changed:\n" + "\n".join(lines) + "\nSend it? y sends, n or esc cancels"
        )

    def _refuse(self, problems: Mapping[str, str]) -> None:
        """Marks each field that is wrong and goes to the first."""
        self._mark(problems)
        self._say(f"{self._checker} refuses this, and nothing was sent:\n"
                  + "\n".join(f"  {key}: {problem}" for key, problem in problems.items()))  # fmt: skip
        text = self._editor.text
        wrong = sorted(line for key in problems if (line := config_text.line_of(text, key)) is not None)
        if wrong:
            self._editor.move_cursor((wrong[0], len(text.split("\n")[wrong[0]])))
        self._editor.focus()

    def _mark(self, problems: Mapping[str, str]) -> None:
        self._problems = problems
        self._editor.recolour()
        self._tell_field()

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
            self._editor.focus()
            self._say("Not sent. F5 checks again · esc cancels")
        else:
            self.dismiss(None)
