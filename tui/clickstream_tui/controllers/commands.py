"""Command mode: a typed command becomes one of the console's actions."""

from __future__ import annotations

from clickstream_pipeline.history import History
from clickstream_tui.console import Console


class CommandActions(Console):
    """Asks for a command and does it."""

    async def action_command(self) -> None:
        """The line for commands, with what was typed before, in earlier runs too."""
        from clickstream_tui import command_table
        from clickstream_tui.screens.command import CommandScreen

        if isinstance(self.screen, CommandScreen):
            return
        history = History(self.settings.home / "console_history.jsonl")
        choices = {"profile": self.settings.profile_names, "theme": sorted(self.available_themes)}

        def complete(text: str) -> list[tuple[str, str]]:
            return command_table.completions(text, self.snapshot, choices)

        self.push_screen(CommandScreen(complete, history), self._typed)

    def action_colours(self, name: str = "") -> None:
        """Themes to choose from; with a name, that one."""
        if not name:
            self.search_themes()
        elif name in self.available_themes:
            self.theme = name
        else:
            self.say(f"There is no theme '{name}': tab shows all of them", failed=True)

    async def _typed(self, text: str | None) -> None:
        if text:
            await self.run_command(text)

    async def run_command(self, text: str) -> None:
        """Does what was typed; says what it could have been where there is no such command."""
        from clickstream_tui import command_table

        found = command_table.find(text)
        if found is None:
            self.say(f"There is no command '{text.split()[0]}'. {command_table.suggestion(text)}", failed=True)
            return
        command, argument = found
        given = [*command.fixed, *([argument] if command.about and argument else [])]
        await self.run_action(f"app.{command.action}({', '.join(map(repr, given))})")
