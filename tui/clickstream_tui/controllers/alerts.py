"""Alerts: the rules are looked at, and what is new is said, rung and sent on."""

from __future__ import annotations

import asyncio
import time

from textual import work

from clickstream_pipeline import alerts
from clickstream_pipeline.model import PipelineEvent
from clickstream_tui.console import Console
from clickstream_tui.dialogs import TextScreen
from clickstream_tui.settings import Settings
from clickstream_tui.texts import alerts_text
from clickstream_widgets.safe_text import one_line

INTERVAL = 5.0  # seconds between two looks


class AlertActions(Console):
    """Watches over the rules of the settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._alerts = alerts.Watch(settings.alerts)

    @property
    def active_alerts(self) -> str:
        """The rules that hold now, by name; "" for none."""
        return ", ".join(alert.rule.name for alert in self._alerts.active)

    @work(exclusive=True, group="app.alerts", exit_on_error=False)
    async def watch_alerts(self) -> None:
        """Looks at the rules; what is new is said, rung and sent on."""
        while self.pipeline is not None:
            if self.snapshot.number:
                await self._alerts.look(self.snapshot, self.pipeline.ksqldb)
                for alert in self._alerts.news:
                    self._raise(alert)
                self.show_message()
            await asyncio.sleep(INTERVAL)

    def _raise(self, alert: alerts.Alert) -> None:
        title = one_line(f"Alert: {alert.rule.name}", 60)
        self.announcements.note(PipelineEvent(int(time.time() * 1000), "alert", alert.rule.name, outcome=alert.message))
        self.notify(one_line(alert.message), title=title, severity="warning", markup=False)
        if alert.rule.bell:
            self.bell()
        if alert.rule.webhook:
            self.in_background(self._tell(alert), "app.webhook", exclusive=False)

    async def _tell(self, alert: alerts.Alert) -> None:
        problem = await alerts.call(alert)
        if problem:
            self.say(problem, failed=True)

    def action_alerts(self) -> None:
        """What holds now, what could not be looked at, and all rules."""
        self.push_screen(TextScreen("Alerts", alerts_text(self._alerts, self.settings.alerts)))
