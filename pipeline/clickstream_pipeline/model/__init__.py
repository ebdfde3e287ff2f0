"""What is known of the pipeline at one moment, as immutable data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Service:
    """A container or process. `ready` says that it answers, which is more than that it runs. Memory in bytes."""

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


@dataclass(frozen=True, slots=True)
class Task:
    """A connector's task; `trace` is why it failed."""

    number: int
    state: str
    worker: str
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector with its tasks; secrets in `config` are masked."""

    name: str
    kind: str
    state: str
    class_name: str
    topics: tuple[str, ...]
    tasks: tuple[Task, ...]
    config: tuple[tuple[str, str], ...] = ()

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
    """A running ksqlDB query."""

    query_id: str
    kind: str
    state: str
    sinks: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; `records` is the sum of what its partitions hold, None where it was not asked for."""

    name: str
    partitions: int
    records: int | None = None

    @property
    def internal(self) -> bool:
        return self.name.startswith("_")


@dataclass(frozen=True, slots=True)
class Index:
    """A search index with its number of documents."""

    name: str
    documents: int


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


@dataclass(frozen=True, slots=True)
class Reachability:
    """Whether a server answers; `since` is when it last did (monotonic seconds), None for never."""

    name: str
    address: str
    ok: bool
    reason: str = ""
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment. A server that did not answer leaves what was known of it before."""

    services: tuple[Service, ...] = ()
    connectors: tuple[Connector, ...] = ()
    sources: tuple[Source, ...] = ()
    queries: tuple[Query, ...] = ()
    topics: tuple[Topic, ...] = ()
    indices: tuple[Index, ...] = ()
    stages: tuple[StageStatus, ...] = ()
    servers: tuple[Reachability, ...] = ()
    number: int = 0

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
