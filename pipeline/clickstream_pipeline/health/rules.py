"""The rules: how a part is, from what its server says of it and how its numbers moved. Pure; times in ms since the epoch."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clickstream_pipeline.health.memory import Counter
from clickstream_pipeline.model import Connector, Health, Index, Query, Service, StageState, StageStatus, Topic

DEGRADED_AFTER = 15_000  # a sink must be told within 20 s; a look takes up to 5
KNOWN_AFTER = 6_000  # the same where the cause is known: it is told within 10 s
FAILED_AFTER = 60_000
# Kafka Connect commits the offsets of a sink every offset.flush.interval.ms: 60 s by default
COMMIT_INTERVAL = 60_000
_STARTING = ("starting", "restarting", "created")
_DATAGEN = "DatagenConnector"
_LONGEST = 400  # characters of a server's own words in a sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a part is and why; `began` is when that began, where it is known."""

    health: Health
    why: str = ""
    began: int | None = None


WELL = Verdict(Health.OK)


def words(text: str) -> str:
    """The first line of a server's words, short enough for a sentence."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def trace_words(trace: str) -> str:
    """What a Java trace says: its first line, and the last cause, which is what happened."""
    first = words(trace)
    causes = re.findall(r"Caused by: ([^\n]+)", trace)
    return words(f"{first}; caused by {causes[-1].strip()}") if causes else first


def service(part: Service, unreachable: str) -> Verdict:
    """A service; `unreachable` is why its server does not answer, "" where it does or is not asked."""
    if not part.ready:
        if part.state == "stopped":
            return Verdict(Health.FAILED, f"{part.name} is stopped: {words(part.reason) or 'start it again'}")
        starting = part.state in _STARTING and part.restarts < 3
        why = f"{part.name} is {part.state}" + (f": {words(part.reason)}" if part.reason else "")
        return Verdict(Health.DEGRADED if starting else Health.FAILED, why)
    return Verdict(Health.FAILED, words(unreachable)) if unreachable else WELL


def has_finished(part: Connector) -> bool:
    """Whether a generator has made all the messages that it was asked for: its task then ends as failed (datagen)."""
    traces = [task.trace for task in part.tasks if task.state == "FAILED"]
    return bool(traces) and all("generated the configured" in trace for trace in traces)


def connector_state(part: Connector) -> Verdict:
    """What Connect itself says of a connector and its tasks."""
    if has_finished(part):
        return Verdict(Health.OK, f"{part.name} has made all the messages that it was asked for")
    failed = [task for task in part.tasks if task.state == "FAILED"]
    if failed:
        trace = trace_words(failed[0].trace)
        return Verdict(
            Health.FAILED, f"task {failed[0].number} of {part.name} has failed" + (f": {trace}" if trace else "")
        )
    if part.state == "FAILED":
        trace = trace_words(part.trace)
        return Verdict(Health.FAILED, f"{part.name} has failed" + (f": {trace}" if trace else ""))
    if part.state != "RUNNING":
        return Verdict(Health.DEGRADED, f"{part.name} is {part.state}, so it moves no records")
    if not part.tasks:
        return Verdict(Health.DEGRADED, f"{part.name} runs without a task")
    resting = [task for task in part.tasks if task.state != "RUNNING"]
    if resting:
        return Verdict(Health.DEGRADED, f"task {resting[0].number} of {part.name} is {resting[0].state}")
    return WELL


def generator(part: Connector, made: Counter | None, now: int) -> Verdict:
    """A data generator that runs: its topic must grow. Other sources may have nothing to say for as long as they like."""
    if made is None or not part.class_name.endswith(_DATAGEN):
        return WELL
    config = dict(part.config)
    longest = config.get("max.interval") or config.get("maxInterval") or "500"
    slack = 3 * int(longest) if re.fullmatch(r"\d{1,9}", longest) else 0
    still = now - made.moved
    if still < max(DEGRADED_AFTER, slack):
        return WELL
    why = f"{part.name} is RUNNING, but {', '.join(part.topics) or 'its topic'} got no record for {still // 1000} s"
    return Verdict(Health.FAILED if still >= max(FAILED_AFTER, 2 * slack) else Health.DEGRADED, why, made.moved)


def sink(
    part: Connector, wrote: Counter | None, lag: int | None, *, sees_writes: bool, cause: str, now: int
) -> Verdict:
    """A sink that runs: it must write while records wait.

    Args:
        part: the sink.
        wrote: its commits and the documents of its indices together.
        lag: records that its consumer group has not committed, None where that is not known.
        sees_writes: whether the documents are known, or the store does not answer: else only commits are seen, once a minute.
        cause: why it may be, as that the search server does not answer; "" where nothing is known.
        now: the time.
    """
    if wrote is None or not lag:
        return WELL
    still, grows = now - wrote.moved, lag > wrote.from_waiting
    slack = 0 if grows and sees_writes else COMMIT_INTERVAL
    if still < (KNOWN_AFTER if cause else DEGRADED_AFTER) + slack:
        return WELL
    why = f"{part.name} is RUNNING, but wrote nothing for {still // 1000} s while {lag:,} records wait"
    health = Health.FAILED if still >= FAILED_AFTER + slack else Health.DEGRADED
    return Verdict(health, f"{why}: {words(cause)}" if cause else why, wrote.moved)


def query(part: Query, read: Counter | None, lag: int | None, missing: str, now: int) -> Verdict:
    """A persistent query; `missing` names topics that it reads and that are not there."""
    if part.state == "PAUSED":
        return Verdict(Health.DEGRADED, f"{part.query_id} is PAUSED, so its sink gets nothing")
    if part.state not in ("RUNNING", ""):
        return Verdict(Health.FAILED, f"{part.query_id} is {part.state}" + (f": {words(part.why)}" if part.why else ""))
    if missing:
        return Verdict(Health.FAILED, f"{part.query_id} reads {missing}, which does not exist any more")
    if part.error_rate:
        return Verdict(Health.DEGRADED, f"{part.query_id} could not process {part.error_rate:.1f} records a second")
    if read is None or not lag:
        return WELL
    still = now - read.moved
    if still < DEGRADED_AFTER:
        return WELL
    why = f"{part.query_id} is RUNNING, but read nothing for {still // 1000} s while {lag:,} records wait"
    return Verdict(Health.FAILED if still >= FAILED_AFTER else Health.DEGRADED, why, read.moved)


def topic(part: Topic) -> Verdict:
    """A topic: each partition needs a leader, and its replicas in sync."""
    if part.leaderless:
        return Verdict(
            Health.FAILED, f"{part.leaderless} of {part.partitions} partitions of {part.name} have no leader"
        )
    if part.under_replicated:
        return Verdict(
            Health.DEGRADED, f"{part.under_replicated} partitions of {part.name} have too few replicas in sync"
        )
    return WELL


def index(part: Index, feeding: tuple[Connector, ...]) -> Verdict:
    """A search index: it must be open and whole, and what feeds it must write."""
    if part.state == "close":
        return Verdict(Health.FAILED, f"the index {part.name} is closed")
    if part.status == "red":
        return Verdict(Health.FAILED, f"the index {part.name} is red: a primary shard is missing")
    worst = min(feeding, key=lambda each: each.health.rank, default=None)
    if worst is not None and worst.health in (Health.FAILED, Health.DEGRADED):
        return Verdict(worst.health, f"{part.name} gets no documents: {worst.why}", worst.since)
    return WELL


def stage(part: StageStatus) -> Verdict:
    """A stage of the pipeline."""
    if part.state is StageState.FAILED:
        return Verdict(Health.FAILED, part.reason or f"the stage {part.name} has failed")
    if part.state in (StageState.TODO, StageState.RUNNING):
        return Verdict(Health.DEGRADED, part.reason or f"the stage {part.name} is {part.state.value}")
    return WELL
