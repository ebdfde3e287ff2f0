"""What is known of the pipeline at one moment, as immutable data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from clickstream_pipeline.model.events import PipelineEvent
from clickstream_pipeline.model.groups import ConsumerGroup, GroupPartition, Member, OffsetChange
from clickstream_pipeline.model.health import Health, Problem

_ORDER = {"service": 1, "stage": 3}  # of problems that are equally bad


def _order(problem: Problem) -> int:
    return 0 if (problem.kind, problem.name) == ("stage", "doctor") else _ORDER.get(problem.kind, 2)


@dataclass(frozen=True, slots=True)
class Service:
    """A container, process or remote server. `ready` says that it answers, which is more than that it runs.

    Memory in bytes; `latency` of its answer in seconds, None where it was not asked.
    """

    name: str
    state: str
    ready: bool
    address: str
    pid: int | None = None
    restarts: int = 0
    reason: str = ""
    cpu_percent: float = 0.0
    memory: int = 0
    log: str = ""
    version: str = ""
    latency: float | None = None
    health: Health = Health.UNKNOWN
    since: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A connector's task; `trace` is why it failed."""

    number: int
    state: str
    worker: str
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector with its tasks; secrets in `config` are masked. `trace` is why it failed itself, before any task.

    `lag` is that of a sink's consumer group, `rate` the records a second that it writes, `last_write` when it last wrote
    (epoch ms); each None where it is not known.
    """

    name: str
    kind: str
    state: str
    class_name: str
    topics: tuple[str, ...]
    tasks: tuple[Task, ...]
    config: tuple[tuple[str, str], ...] = ()
    trace: str = ""
    lag: int | None = None
    rate: float | None = None
    last_write: int | None = None
    health: Health = Health.UNKNOWN
    since: int = 0
    why: str = ""

    @property
    def failed(self) -> bool:
        return self.state == "FAILED" or any(task.state == "FAILED" for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Source:
    """A ksqlDB stream or table."""

    name: str
    kind: str
    topic: str
    key_format: str
    value_format: str
    windowed: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A running ksqlDB query; `lag` is that of its consumer group, `rate` the records a second that it reads.

    `error_rate` counts records a second in the processing log; each is None where it is not known.
    """

    query_id: str
    kind: str
    state: str
    sinks: tuple[str, ...]
    text: str
    lag: int | None = None
    rate: float | None = None
    error_rate: float | None = None
    group: str = ""
    health: Health = Health.UNKNOWN
    since: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; `records` is the sum of what its partitions hold, None where it was not asked for.

    `end` is the sum of the next offsets, `rate` the records a second that come, `last_write` when that last grew (epoch ms).
    """

    name: str
    partitions: int
    records: int | None = None
    end: int | None = None
    replicas: int = 1
    leaderless: int = 0
    under_replicated: int = 0
    rate: float | None = None
    last_write: int | None = None
    health: Health = Health.UNKNOWN
    since: int = 0
    why: str = ""

    @property
    def internal(self) -> bool:
        return self.name.startswith("_")


@dataclass(frozen=True, slots=True)
class Index:
    """A search index with its number of documents; `status` and `state` are the server's (green, open).

    `rate` is the documents a second that come, `last_write` when their number last changed (epoch ms).
    """

    name: str
    documents: int
    deleted: int = 0
    size: str = ""
    status: str = ""
    state: str = "open"
    rate: float | None = None
    last_write: int | None = None
    health: Health = Health.UNKNOWN
    since: int = 0
    why: str = ""


class StageState(Enum):
    """How far a stage is."""

    DONE = "done"
    TODO = "todo"
    RUNNING = "running"
    FAILED = "failed"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class StageStatus:
    """A stage with why it is not done."""

    name: str
    title: str
    state: StageState
    reason: str = ""
    health: Health = Health.UNKNOWN
    since: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reachability:
    """Whether a server answers; `since` is when it last did (monotonic seconds), None for never.

    `changed` is since when it answers, or does not (epoch ms); `latency` of its last answer in seconds.
    """

    name: str
    address: str
    ok: bool
    reason: str = ""
    since: float | None = None
    latency: float | None = None
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment (`at`, epoch ms). A server that did not answer leaves what was known of it before."""

    services: tuple[Service, ...] = ()
    connectors: tuple[Connector, ...] = ()
    sources: tuple[Source, ...] = ()
    queries: tuple[Query, ...] = ()
    topics: tuple[Topic, ...] = ()
    indices: tuple[Index, ...] = ()
    stages: tuple[StageStatus, ...] = ()
    servers: tuple[Reachability, ...] = ()
    number: int = 0
    groups: tuple[ConsumerGroup, ...] = ()
    at: int = 0
    health: Health = Health.UNKNOWN

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All parts that are not well: the failed ones first, then what others wait for, then what began it.

        Everything waits for its server, so services come before the rest; a stage tells again what its parts have told.
        Before all of them comes what the doctor finds: servers fail on a disk that is full.
        """
        parts: list[tuple[str, Any]] = []
        for kind in ("service", "connector", "topic", "query", "index", "stage"):
            name = "indices" if kind == "index" else "queries" if kind == "query" else f"{kind}s"
            parts += [(kind, part) for part in getattr(self, name)]
        found = [
            Problem(kind, part.query_id if isinstance(part, Query) else part.name, part.health, part.since, part.why)
            for kind, part in parts
            if part.health in (Health.FAILED, Health.DEGRADED)
        ]
        return tuple(sorted(found, key=lambda each: (each.health.rank, _order(each), each.since)))

    @property
    def is_down(self) -> bool:
        """Whether no server answers; what runs them is not one that could."""
        return not any(server.ok for server in self.servers if server.name != "stack")

    @property
    def ready(self) -> bool:
        """Whether every stage that must be done is."""
        needed = [stage for stage in self.stages if stage.state is not StageState.OPTIONAL]
        return bool(needed) and all(stage.state is StageState.DONE for stage in needed)

    @property
    def next_stage(self) -> StageStatus | None:
        return next((s for s in self.stages if s.state in (StageState.TODO, StageState.FAILED)), None)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a topic. Timestamps and window bounds are ms since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str
    value: Any
    window: tuple[int, int | None] | None = None
    size: int = 0
    headers: tuple[tuple[str, str], ...] = field(default=())


__all__ = [
    "Connector", "ConsumerGroup", "GroupPartition", "Health", "Index", "Member", "OffsetChange", "PipelineEvent", "Problem",
    "Query", "Reachability", "Record", "Service", "Snapshot", "Source", "StageState", "StageStatus", "Task", "Topic",
]  # fmt: skip
