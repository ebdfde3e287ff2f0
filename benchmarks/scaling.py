"""`python -m benchmarks.scaling [--check]`: what carries 1, 10, 100 and 1,000 times the tutorial's clicks.

A simulation in steps of a fetch: clicks come at random around their rate, a node takes what its processors allow, and a
minute's outage has to be caught up with. What a click costs was measured (`docs/performance.md`); with `--check` the
simulation is held against measured runs, and fails where it is more than a quarter off.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from dataclasses import dataclass

TUTORIAL = 66.0  # clicks a second
STEP = 0.25  # seconds: how long a query lets the broker gather
ROOM = 0.6  # of a node's processors at most, so that an outage can be caught up with
OUTAGE = 60.0  # seconds
BYTES = 240  # of a click


@dataclass(frozen=True, slots=True)
class Node:
    """One server that computes queries.

    Args:
        name: What it is.
        click: Processor seconds that one click takes in all nine queries.
        idle: Processors that it takes beside its clicks, for fetches and commits.
        processors: How many of them it can use.
        parallel: Whether more nodes and partitions help; the embedded engine is one.
    """

    name: str
    click: float
    idle: float
    processors: float
    parallel: bool

    @property
    def most(self) -> float:
        """Clicks a second at full load."""
        return (self.processors - self.idle) / self.click


EMBEDDED = Node("embedded", 14.7e-6, 0.024, 1.38, parallel=False)  # two processes; the larger does 60 % of the work
KSQLDB = Node("ksqlDB 7.4, 2 cores", 1.16e-3, 0.25, 1.6, parallel=True)  # the rest of the two cores is Kafka's


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of so many nodes went. `catch_up_s` is infinite where the outage is never caught up with."""

    load: float
    lag_p99_s: float
    catch_up_s: float


def simulate(node: Node, count: int, rate: float, *, seconds: float = 900.0, seed: int = 1) -> Outcome:
    """Runs for some time with an outage in the middle.

    Args:
        node: What computes.
        count: How many of them.
        rate: Clicks a second.
        seconds: How long; the outage begins after a third.
        seed: Of the arrivals.

    Returns:
        The load (of all processors), the lag before the outage, and how long catching up took.
    """
    source = random.Random(seed)
    step_most = node.most * count * STEP
    waiting, busy, lags = 0.0, 0.0, list[float]()
    begin, end = seconds / 3, seconds / 3 + OUTAGE
    caught_up = math.inf
    for number in range(int(seconds / STEP)):
        now = number * STEP
        mean = rate * STEP
        waiting += max(source.gauss(mean, math.sqrt(mean)), 0.0)  # Poisson, for more than a few
        if begin <= now < end:
            continue
        done = min(waiting, step_most)
        waiting -= done
        busy += done * node.click + node.idle * count * STEP
        if now < begin:
            lags.append(waiting / rate + STEP)
        elif waiting < mean and caught_up == math.inf:
            caught_up = now - end
    lags.sort()
    total = node.processors * count * (seconds - OUTAGE)
    return Outcome(busy / total, lags[int(len(lags) * 0.99)], caught_up)


def nodes_for(node: Node, rate: float) -> int:
    """The fewest nodes whose processors are not fuller than `ROOM`; 0 where that many cannot work together."""
    count = max(math.ceil(rate * node.click / (ROOM * node.processors - node.idle)), 1)
    return count if node.parallel or count == 1 else 0


def drained(node: Node, clicks: float) -> float:
    """Seconds until a topic that was full before is computed."""
    waiting, steps = clicks, 0
    while waiting > 0:
        waiting -= node.most * STEP
        steps += 1
    return steps * STEP


def row(times: int) -> dict[str, object]:
    """What a multiple of the tutorial's rate needs."""
    rate = TUTORIAL * times
    found: dict[str, object] = {"times": times, "clicks_per_s": round(rate), "mb_per_s": round(rate * BYTES / 1e6, 2)}
    for node in (EMBEDDED, KSQLDB):
        count = nodes_for(node, rate)
        if not count:
            found[node.name] = "too much"
            continue
        outcome = simulate(node, count, rate)
        found[node.name] = {
            "nodes": count, "partitions": max(count * 2, 1) if node.parallel else 1, "load": round(outcome.load, 2),
            "lag_p99_s": round(outcome.lag_p99_s, 2), "catch_up_s": round(outcome.catch_up_s, 1),
        }  # fmt: skip
    return found


# (what, measured, simulated): runs of which the simulation was not made
def checks() -> list[tuple[str, float, float]]:
    """Measured points of `docs/performance.md` and what the simulation says of them."""
    load = simulate(EMBEDDED, 1, TUTORIAL).load * EMBEDDED.processors
    return [
        ("seconds for 600,000 clicks, embedded, quiet", 6.8, drained(EMBEDDED, 600_000)),
        ("% of a core for ksqlDB at 66 clicks/s, embedded", 2.4, 100 * load),
        ("seconds for 300,000 clicks, ksqlDB 7.4", 300_000 / 1_226, drained(KSQLDB, 300_000)),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with measured points")
    if parser.parse_args().check:
        wrong = 0
        for what, measured, simulated in checks():
            off = simulated / measured - 1
            wrong += abs(off) > 0.25
            print(
                json.dumps(
                    {
                        "point": what,
                        "measured": round(measured, 1),
                        "simulated": round(simulated, 1),
                        "off_percent": round(100 * off),
                    }
                )
            )
        return 1 if wrong else 0
    for times in (1, 10, 100, 1_000):
        print(json.dumps(row(times)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
