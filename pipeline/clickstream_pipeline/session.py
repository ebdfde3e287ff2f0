"""Puts clients, operations, stages and monitor together for one set of addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clickstream_pipeline.clients.connect import ConnectClient
from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient
from clickstream_pipeline.clients.grafana import GrafanaClient
from clickstream_pipeline.clients.kafka import KafkaClient
from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.command_log import CommandLog
from clickstream_pipeline.credentials import Credentials
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.event_log import EventLog
from clickstream_pipeline.monitor import Monitor
from clickstream_pipeline.operations import Operations
from clickstream_pipeline.probe import Context
from clickstream_pipeline.stage_base import Report, Stage
from clickstream_pipeline.stages import STAGES, stage
from clickstream_pipeline.words import BY_PROFILE

if TYPE_CHECKING:
    from clickstream_pipeline.probe import StageReport
    from clickstream_pipeline.runtimes.stack import Stack


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are."""

    kafka: str
    connect: str
    ksqldb: str
    elasticsearch: str
    grafana: str = ""  # "" where there is none


# port 0 cannot be reached: where the embedded servers do not run, nobody else's are asked
NO_ADDRESSES = Addresses("127.0.0.1:0", "http://127.0.0.1:0", "http://127.0.0.1:0", "http://127.0.0.1:0")


def embedded_addresses(stack: Stack) -> Addresses:
    """Where the embedded servers listen; addresses that cannot be reached where they do not run."""
    found = stack.addresses()
    return Addresses(**found) if found else NO_ADDRESSES


class PipelineSession:
    """Everything that speaks to one pipeline. Close it at the end."""

    def __init__(
        self, home: Path, stack: Stack, addresses: Addresses, *, read_only: bool = False,
        access: Mapping[str, Credentials] | None = None, search_inside: str = "", profile: str = "embedded",
        read_only_hint: str = "",
    ) -> None:  # fmt: skip
        known = access or {}
        self.home = home
        self.stack = stack
        self.addresses = addresses
        self.kafka = KafkaClient(addresses.kafka, known.get("kafka"))
        self.connect = ConnectClient(addresses.connect, access=known.get("connect"))
        self.ksqldb = KsqlClient(addresses.ksqldb, access=known.get("ksqldb"))
        self.elasticsearch = ElasticsearchClient(addresses.elasticsearch, access=known.get("elasticsearch"))
        self.grafana = GrafanaClient(addresses.grafana, access=known.get("grafana")) if addresses.grafana else None
        words = BY_PROFILE[profile]
        self.kafka.hint = words.start
        for server in (self.connect, self.ksqldb, self.elasticsearch, self.grafana):
            if server is not None:
                server.http.hint = words.start
        self.log = CommandLog(home / "commands.jsonl")
        self.events = EventLog()
        self.log.heard = self.events.command
        self.operations = Operations(
            self.kafka, self.connect, self.ksqldb, self.elasticsearch, stack, self.log, grafana=self.grafana,
            read_only=read_only, read_only_hint=read_only_hint or words.read_only,
        )  # fmt: skip
        self.context = Context(
            stack, self.connect, self.ksqldb, self.elasticsearch, self.operations, search_inside, self.grafana, words,
            owns_data=profile == "embedded",
        )  # fmt: skip
        self.monitor = Monitor(self.context, self.kafka, home / "health.json", self.events)

    async def close(self) -> None:
        """Closes the clients and gives up the stack's lease."""
        opened = [self.kafka, self.connect, self.ksqldb, self.elasticsearch, self.stack]
        await asyncio.gather(*(each.close() for each in (*opened, *([self.grafana] if self.grafana else []))))

    async def run_stage(self, name: str, report: Report) -> StageReport:
        """Runs one stage, which is shown as running and, where that fails, as failed. Raises PipelineError."""
        progress, chosen = self.context.progress, stage(name)
        progress.running[name] = f"running: {chosen.title}"

        def told(note: str) -> None:
            progress.running[name] = note
            report(note)

        try:
            done = await chosen.run(self.context, told)
        except PipelineError as error:
            progress.failed[name] = error.message
            raise
        finally:
            progress.running.pop(name, None)
        progress.failed.pop(name, None)
        return done

    @staticmethod
    def stages(through: str | None = None) -> list[Stage]:
        """The stages that `up` runs, up to and including `through`."""
        if through is not None:
            stage(through)  # refuses an unknown name
            names = [each.name for each in STAGES]
            return list(STAGES[: names.index(through) + 1])
        return [each for each in STAGES if not each.optional]
