"""What the services pane asks for."""

from __future__ import annotations

from textual import on

from clickstream_pipeline.model import Snapshot
from clickstream_tui.console import Console
from clickstream_tui.panes.services import ServicesPane


def depending(snapshot: Snapshot, name: str) -> str:
    """What stands still without a service, as a sentence."""
    lowered = name.lower()
    sinks = [each.name for each in snapshot.connectors if each.kind == "sink"]
    if "kafka" in lowered or "broker" in lowered:
        return "Everything reads and writes through it: connectors, queries and the tail stand still without it."
    if "connect" in lowered:
        return f"Its {len(snapshot.connectors)} connectors stop: no clicks come, and no index is written."
    if "ksql" in lowered:
        return f"Its {len(snapshot.queries)} queries stop, and no table changes."
    if "elastic" in lowered:
        return (
            f"{len(sinks)} sinks can write nothing without it." if sinks else "The sinks can write nothing without it."
        )
    return "What uses it goes without."


class ServiceActions(Console):
    """Starts, stops and restarts services, and shows their logs."""

    @on(ServicesPane.Stop)
    def _stop_service(self, message: ServicesPane.Stop) -> None:
        question = f"Stop the service {message.name}?\n{depending(self.snapshot, message.name)}"
        self._service("stop", message.name, question)

    @on(ServicesPane.Start)
    def _start_service(self, message: ServicesPane.Start) -> None:
        self._service("start", message.name)

    @on(ServicesPane.Restart)
    def _restart_service(self, message: ServicesPane.Restart) -> None:
        self._service("restart", message.name)

    def _service(self, action: str, name: str, question: str = "") -> None:
        async def call() -> None:
            assert self.pipeline is not None
            await self.pipeline.operations.service(action, name)

        self.change(f"{action} {name}", call, question=question, loses=False, kind="service", target=name)

    @on(ServicesPane.Logs)
    def _show_logs(self, message: ServicesPane.Logs) -> None:
        self.action_logs(message.name)

    def action_logs(self, name: str = "") -> None:
        """The log of a service, live; `all` merges those of all by time; without a name, of the first that is not well."""
        from clickstream_tui.screens.logs import LogScreen

        services = sorted(self.snapshot.services, key=lambda each: each.ready)
        name = name or next((each.name for each in services), "")
        if self.pipeline is None or not name:
            self.say(self.unchangeable or "The stack is still starting: try again in a moment")
        elif not (isinstance(self.screen, LogScreen) and self.screen.service == name):
            self.push_screen(LogScreen(name))
