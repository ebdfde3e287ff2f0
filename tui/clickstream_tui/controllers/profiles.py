"""Going from one cluster to another without leaving the console."""

from __future__ import annotations

from clickstream_pipeline.errors import PipelineError
from clickstream_tui.composition import check_servers
from clickstream_tui.console import Console
from clickstream_tui.settings import for_profile


class ProfileActions(Console):
    """Lists the profiles and ends this console for the one of another."""

    next_profile = ""
    """The profile whose console is opened once this one has ended; "" for none."""

    async def action_profile(self, name: str = "") -> None:
        """The list of profiles; with a name, goes there."""
        if name:
            await self._chosen(name)
        else:
            from clickstream_tui.screens.profiles import ProfilesScreen

            self.push_screen(ProfilesScreen(self.settings, check_servers), self._chosen)

    async def _chosen(self, name: str | None) -> None:
        if not name:
            return
        if name == (self.settings.profile_name or self.settings.profile):
            self.say(f"This is the profile {name} already")
            return
        try:
            for_profile(self.settings, name)
        except PipelineError as error:
            self.say(str(error), failed=True)
            return
        self.next_profile = name
        await self.run_action("app.quit")  # asks where a stack would stop with this console
