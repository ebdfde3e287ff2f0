"""What becomes an event: changes, restarts, commands; not what stayed."""

from __future__ import annotations

from dataclasses import replace

from clickstream_pipeline.command_log import Command
from clickstream_pipeline.event_log import EventLog
from clickstream_pipeline.model import Connector, Health, Reachability, Service, Snapshot, Topic


def test_changes_of_health_restarts_and_what_came_and_went() -> None:
    log = EventLog()
    connect = Service("connect", "running", True, "there", health=Health.OK)
    sink = Connector("sink", "sink", "RUNNING", "c", ("t",), (), health=Health.OK)
    first = Snapshot(
        services=(connect,), connectors=(sink,), topics=(Topic("t", 1),), servers=(Reachability("Connect", "a", True),), at=1_000
    )  # fmt: skip
    assert log.snapshot(first) == ()
    assert log.snapshot(replace(first, at=2_000)) == ()
    later = replace(
        first, at=3_000, services=(replace(connect, restarts=1),), topics=(Topic("t", 1), Topic("u", 1)),
        connectors=(replace(sink, health=Health.FAILED, since=2_500, why="task 0 has failed"),),
    )  # fmt: skip
    seen = {(event.action, event.kind, event.target): event for event in log.snapshot(later)}
    assert set(seen) == {
        ("restarted", "service", "connect"),
        ("created", "topic", "u"),
        ("failed", "connector", "sink"),
    }
    failed = seen["failed", "connector", "sink"]
    assert (failed.at, failed.outcome) == (2_500, "task 0 has failed")
    gone = log.snapshot(
        replace(later, topics=(Topic("u", 1),), servers=(Reachability("Connect", "a", False, "closed"),))
    )
    assert [(event.action, event.target) for event in gone] == [("deleted", "t"), ("does not answer", "Connect")]
    assert len(log.events) == 5


def test_a_command_is_an_event_with_its_outcome_and_time() -> None:
    log = EventLog()
    log.command(Command(1.5, "curl -X PUT …", "refused", 0.25))
    (event,) = log.events
    assert (event.at, event.who, event.outcome, event.seconds) == (1_500, "operator", "refused", 0.25)


def test_what_starts_up_has_not_recovered_from_anything() -> None:
    """A fresh start told that every part had recovered, and that servers answered again."""
    log = EventLog()
    starting = Service("kafka", "running", False, "there", health=Health.FAILED)
    silent = Snapshot(services=(starting,), servers=(Reachability("Kafka", "a", False, "closed"),), at=1_000)
    well = replace(
        silent,
        services=(replace(starting, ready=True, health=Health.OK),),
        servers=(Reachability("Kafka", "a", True),),
        at=2_000,
    )
    log.snapshot(silent)
    assert {event.action for event in log.snapshot(well)} == {"ready", "answers"}
    log.snapshot(replace(silent, at=3_000))
    assert {event.action for event in log.snapshot(replace(well, at=4_000))} == {"recovered", "answers again"}
