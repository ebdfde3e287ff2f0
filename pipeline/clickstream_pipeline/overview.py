"""The pipeline as six parts in a row: generators, topics, queries, sinks, indices, dashboard; each with its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clickstream_pipeline.model import Health, Snapshot, StageState


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the pipeline.

    Args:
        name: generators, topics, queries, sinks, indices or dashboard.
        running: how many of its things do what they should, None where that is not known.
        total: how many there are, None where that is not known.
        health: that of the worst of them; unknown while their server does not answer.
        rate: records (indices: documents) a second through all of them, None where it is not known.
        lag: records that wait for all of them, None where it is not known or there is no such thing.
        word: what there is to say in place of a number: of the dashboard.
    """

    name: str
    running: int | None = None
    total: int | None = None
    health: Health = Health.UNKNOWN
    rate: float | None = None
    lag: int | None = None
    word: str = ""


def sections(snapshot: Snapshot) -> tuple[Section, ...]:
    """The six parts in the order in which records pass them."""
    silent = {server.name for server in snapshot.servers if not server.ok}
    known = bool(snapshot.number)
    sources = [each for each in snapshot.connectors if each.kind == "source"]
    sinks = [each for each in snapshot.connectors if each.kind == "sink"]
    topics = [each for each in snapshot.topics if not each.internal]
    queries = [each for each in snapshot.queries if each.kind == "PERSISTENT"]
    connect, kafka = known and "Connect" not in silent, known and "Kafka" not in silent
    search = known and "Elasticsearch" not in silent
    return (
        _section("generators", sources, connect, [each.state == "RUNNING" and not each.failed for each in sources]),
        _section("topics", topics, kafka, [each.health is not Health.FAILED for each in topics]),
        _section("queries", queries, known and "ksqlDB" not in silent, [_runs(each) for each in queries], lag=kafka),
        _section("sinks", sinks, connect, [_runs(each) and not each.failed for each in sinks], lag=kafka),
        _section("indices", snapshot.indices, search, [each.health is not Health.FAILED for each in snapshot.indices]),
        _dashboard(snapshot),
    )  # fmt: skip


def _runs(part: Any) -> bool:
    return part.state in ("RUNNING", "") and part.health is not Health.FAILED


def _section(name: str, parts: Iterable[Any], answers: bool, running: list[bool], *, lag: bool = False) -> Section:
    found = [*parts]
    if not answers:
        # what was there before is still told, but none of it as of now
        return Section(name, None, len(found) or None, Health.UNKNOWN)
    worst = min((each.health for each in found), key=lambda health: health.rank, default=Health.OK)
    rates = [each.rate for each in found if each.rate is not None]
    lags = [each.lag for each in found if each.lag is not None] if lag else []
    return Section(name, sum(running), len(found), worst, sum(rates) if rates else None, sum(lags) if lags else None)


def _dashboard(snapshot: Snapshot) -> Section:
    stage = next((each for each in snapshot.stages if each.name == "dashboard"), None)
    if stage is None:
        return Section("dashboard", health=Health.UNKNOWN)
    word = {StageState.DONE: "ready", StageState.OPTIONAL: "optional", StageState.TODO: "to do"}.get(
        stage.state, stage.state.value
    )
    if stage.state is StageState.OPTIONAL:
        return Section("dashboard", health=Health.OK, word=word)
    return Section("dashboard", health=stage.health, word=word)
