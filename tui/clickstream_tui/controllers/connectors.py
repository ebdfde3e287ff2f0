"""What the connectors pane asks for."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from textual import on

from clickstream_pipeline.errors import PipelineError
from clickstream_tui.console import Console
from clickstream_tui.panes.connectors import ConnectorsPane

if TYPE_CHECKING:
    from clickstream_pipeline.clients.connect import ConnectClient
    from clickstream_pipeline.clients.connect_settings import Plugin, PluginSetting
    from clickstream_pipeline.session import PipelineSession
    from clickstream_tui.screens.edit_config import Check


def named(names: Sequence[str]) -> str:
    """One connector, or several, as the object of a sentence."""
    return f"the connector {names[0]}" if len(names) == 1 else f"these {len(names)} connectors: {', '.join(names)}"


def _check(client: ConnectClient, name: str = "", taken: Collection[str] = ()) -> Check:
    """Has the plugin check a configuration.

    Args:
        client: whose plugins check.
        name: of the connector; "" for a new one, whose name is in the configuration.
        taken: names that a new one cannot have.
    """

    async def check(wanted: dict[str, str]) -> dict[str, str]:
        chosen = name or wanted.get("name", "")
        if not name and chosen in taken:
            return {"name": "a connector of this name is there already: d on it edits it"}
        found: dict[str, str] = {}
        for each in await client.validate({**wanted, "name": chosen}):
            found[each.setting] = f"{found[each.setting]} {each.problem}" if each.setting in found else each.problem
        return found

    return check


class ConnectorActions(Console):
    """Steers connectors, and shows one in full."""

    def _depending(self, name: str) -> str:
        """What gets no more records without a connector, as a sentence."""
        found = next((each for each in self.snapshot.connectors if each.name == name), None)
        if found is None:
            return ""
        topics = ", ".join(found.topics) or "its topics"
        if found.kind == "sink":
            return f"The index of {topics} gets no more documents meanwhile."
        readers = sum(1 for source in self.snapshot.sources if source.topic in found.topics)
        more = f", which {readers} streams or tables of ksqlDB read" if readers else ""
        return f"No more records come to {topics}{more}."

    @on(ConnectorsPane.Pause)
    def _pause_connector(self, message: ConnectorsPane.Pause) -> None:
        self._connector("pause", message.names, f"Pause {named(message.names)}?", loses=False)

    @on(ConnectorsPane.Stop)
    def _stop_connector(self, message: ConnectorsPane.Stop) -> None:
        self._connector("stop", message.names, f"Stop {named(message.names)}? The tasks end.", loses=False)

    @on(ConnectorsPane.Delete)
    def _delete_connector(self, message: ConnectorsPane.Delete) -> None:
        question = f"Delete {named(message.names)}? The configuration is lost; offsets are kept by Kafka."
        self._connector("delete", message.names, question)

    @on(ConnectorsPane.Resume)
    def _resume_connector(self, message: ConnectorsPane.Resume) -> None:
        self._connector("resume", message.names)

    @on(ConnectorsPane.Restart)
    def _restart_connector(self, message: ConnectorsPane.Restart) -> None:
        self._connector("restart", message.names)

    @on(ConnectorsPane.RestartFailed)
    def _restart_failed(self, message: ConnectorsPane.RestartFailed) -> None:
        async def call() -> None:
            assert self.pipeline is not None
            for name in message.names:
                await self.pipeline.operations.restart_failed(name)

        names = ", ".join(message.names)
        self.change(f"restart what failed of {names}", call, kind="connector", target=names)

    @on(ConnectorsPane.Edit)
    def _edit_connector(self, message: ConnectorsPane.Edit) -> None:
        """Asks for a changed configuration and sends it once the plugin and the operator agree to it."""
        from clickstream_tui import config_text
        from clickstream_tui.screens.edit_config import Draft, EditConfigScreen

        name, pipeline = message.name, self.pipeline
        if pipeline is None:
            return

        async def fetch() -> Draft:
            config = await pipeline.connect.config(name)
            settings: tuple[PluginSetting, ...] = ()
            with contextlib.suppress(
                PipelineError
            ):  # an older worker does not tell; what there is can be edited all the same
                settings = await pipeline.connect.settings(config.get("connector.class", ""))
            text = config_text.with_others(config_text.written(config), settings)
            return Draft(text, config, {each.name: each for each in settings})

        def answered(wanted: dict[str, str] | None) -> None:
            if wanted is not None:
                self.change(f"configure {name}", lambda: pipeline.operations.create_connector(name, wanted),
                            kind="connector", target=name)  # fmt: skip

        title = f"Configuration of {name}"
        check = _check(pipeline.connect, name)
        self.push_screen(EditConfigScreen(title, fetch, check, checker="The plugin"), answered)

    @on(ConnectorsPane.Create)
    def _create_connector(self) -> None:
        """Asks for a plugin, then for a configuration, and makes the connector once both agree to it."""
        pipeline = self.pipeline
        if pipeline is None:
            self.say(self.unchangeable or "The stack is still starting: try again in a moment")
            return

        from clickstream_tui.screens.new_connector import NewConnectorScreen

        def chosen(plugin: Plugin | None) -> None:
            if plugin is not None:
                self._configure_new(pipeline, plugin)

        self.push_screen(NewConnectorScreen(pipeline.connect.plugins), chosen)

    def _configure_new(self, pipeline: PipelineSession, plugin: Plugin) -> None:
        from clickstream_tui import config_text
        from clickstream_tui.screens.edit_config import Draft, EditConfigScreen

        async def fetch() -> Draft:
            settings = await pipeline.connect.settings(plugin.class_name)
            text = config_text.template(plugin.class_name, plugin.kind, settings)
            return Draft(text, {}, {each.name: each for each in settings})

        def answered(wanted: dict[str, str] | None) -> None:
            if wanted is not None:
                name = wanted["name"]
                config = {key: value for key, value in wanted.items() if key != "name"}
                self.change(f"create {name}", lambda: pipeline.operations.create_connector(name, config),
                            kind="connector", target=name)  # fmt: skip

        title = f"A new {plugin.kind}: {plugin.class_name.rpartition('.')[2]}"
        taken = {each.name for each in self.snapshot.connectors}
        check = _check(pipeline.connect, taken=taken)
        self.push_screen(EditConfigScreen(title, fetch, check, checker="The plugin"), answered)

    def _connector(self, action: str, names: Sequence[str], question: str = "", *, loses: bool = True) -> None:
        async def call() -> None:
            assert self.pipeline is not None
            for name in names:
                await self.pipeline.operations.connector(action, name)

        depending = dict.fromkeys(map(self._depending, names))
        asked = "\n".join([question, *depending]) if question else ""
        said = ", ".join(names)
        self.change(f"{action} {said}", call, question=asked, loses=loses, kind="connector", target=said)

    @on(ConnectorsPane.Describe)
    def _describe_connector(self, message: ConnectorsPane.Describe) -> None:
        from clickstream_tui.screens.connector import ConnectorScreen

        self.push_screen(ConnectorScreen(message.name))
