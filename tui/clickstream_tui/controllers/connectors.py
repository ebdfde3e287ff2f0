"""What the connectors pane asks for."""

from __future__ import annotations

from textual import on

from clickstream_pipeline.errors import PipelineError
from clickstream_tui.console import Console
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.panes.base import lasting
from clickstream_tui.panes.connectors import ConnectorsPane
from clickstream_tui.screens.edit_connector import EditConnectorScreen


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
        self._connector("pause", message.name, f"Pause the connector {message.name}?", loses=False)

    @on(ConnectorsPane.Stop)
    def _stop_connector(self, message: ConnectorsPane.Stop) -> None:
        self._connector("stop", message.name, f"Stop the connector {message.name}? Its tasks end.", loses=False)

    @on(ConnectorsPane.Delete)
    def _delete_connector(self, message: ConnectorsPane.Delete) -> None:
        question = f"Delete the connector {message.name}? Its configuration is lost; its offsets are kept by Kafka."
        self._connector("delete", message.name, question)

    @on(ConnectorsPane.Resume)
    def _resume_connector(self, message: ConnectorsPane.Resume) -> None:
        self._connector("resume", message.name)

    @on(ConnectorsPane.Restart)
    def _restart_connector(self, message: ConnectorsPane.Restart) -> None:
        self._connector("restart", message.name)

    @on(ConnectorsPane.RestartFailed)
    def _restart_failed(self, message: ConnectorsPane.RestartFailed) -> None:
        async def call() -> None:
            assert self.pipeline is not None
            await self.pipeline.operations.restart_failed(message.name)

        self.change(f"restart what failed of {message.name}", call, kind="connector", target=message.name)

    @on(ConnectorsPane.Edit)
    def _edit_connector(self, message: ConnectorsPane.Edit) -> None:
        self.in_background(self._edit(message.name), "connector.edit")

    async def _edit(self, name: str) -> None:
        """Asks for a changed configuration and sends it once the plugin and the operator agree to it."""
        pipeline = self.pipeline
        if pipeline is None:
            return
        try:
            config = await pipeline.connect.config(name)
        except PipelineError as error:
            self.say(str(error), failed=True)
            return

        def answered(wanted: dict[str, str] | None) -> None:
            if wanted is not None:
                self.change(f"configure {name}", lambda: pipeline.operations.create_connector(name, wanted),
                            kind="connector", target=name)  # fmt: skip

        self.push_screen(EditConnectorScreen(pipeline.connect, name, config), answered)

    def _connector(self, action: str, name: str, question: str = "", *, loses: bool = True) -> None:
        async def call() -> None:
            assert self.pipeline is not None
            await self.pipeline.operations.connector(action, name)

        asked = f"{question}\n{self._depending(name)}" if question else ""
        self.change(f"{action} {name}", call, question=asked, loses=loses, kind="connector", target=name)

    @on(ConnectorsPane.Describe)
    def _describe_connector(self, message: ConnectorsPane.Describe) -> None:
        self.push_screen(TextScreen(f"Connector {message.name}", self._described(message.name)))

    def _described(self, name: str) -> str:
        found = next((c for c in self.snapshot.connectors if c.name == name), None)
        if found is None:
            return "It is not there any more."
        lines = [f"{found.class_name} ({found.kind}), {found.state}, topics: {', '.join(found.topics)}"]
        if found.why:
            lines += [f"{found.health.value} {lasting(found.since)}: {found.why}"]
        lines += [""]
        for task in found.tasks:
            lines += [f"task {task.number}: {task.state} on {task.worker}", *task.trace.splitlines()]
        return "\n".join([*lines, "", *(f"{key} = {value}" for key, value in found.config)])
