"""The report's figures are those that the raw topics give when they are counted another way."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.conftest import wait_until
from tests.e2e.test_pipeline import cli

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
MINUTE, GAP = 60_000, 30_000


def records(bootstrap: str, topic: str) -> list[tuple[int, bytes | None, Any]]:
    """(timestamp, key, value) of a whole topic of one partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "recount", "enable.auto.commit": False})
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    consumer.assign([TopicPartition(topic, 0, low)])
    found: list[tuple[int, bytes | None, Any]] = []
    at = low
    while at < high:
        for message in consumer.consume(1000, 0.2):
            assert message.error() is None
            found.append((message.timestamp()[1], message.key(), json.loads(message.value() or b"")))
            at = (message.offset() or 0) + 1
    consumer.close()
    return found


def recount(clicks: list[tuple[int, int, str, int, int]], since: int, until: int, threshold: int) -> dict[str, Any]:
    """The figures of all tasks from (time, user, ip, status, bytes) of each click."""
    within = [click for click in clicks if since <= click[0] < until]
    by_minute: dict[int, list[Any]] = defaultdict(list)
    for click in within:
        by_minute[click[0] // MINUTE].append(click)
    by_user: dict[int, int] = defaultdict(int)
    for click in within:
        by_user[click[1]] += click[4]
    errors: dict[tuple[int, int], int] = defaultdict(int)
    for click in within:
        if click[3] >= 400:
            errors[click[3], click[0] // MINUTE] += 1
    ended: list[tuple[int, int, int, int]] = []  # start, end, hits, bytes
    for user in {click[1] for click in clicks}:
        times = sorted((click[0], click[4]) for click in clicks if click[1] == user)
        start = last = times[0][0]
        hits = size = 0
        for time, amount in times:
            if time - last > GAP:
                ended.append((start, last, hits, size))
                start, hits, size = time, 0, 0
            last, hits, size = time, hits + 1, size + amount
        ended.append((start, last, hits, size))
    whole = [session for session in ended if session[0] >= since and session[1] < until - GAP]
    heavy = [session for session in whole if session[3] > threshold]
    return {
        "hits": {
            "hits": len(within), "peak_hits": max(len(each) for each in by_minute.values()),
            "peak_visitors": max(len({click[2] for click in each}) for each in by_minute.values()),
        },
        "bandwidth": {"bytes": sum(by_user.values()), "users": len(by_user), "top_user_bytes": max(by_user.values())},
        "locations": {
            "addresses": len({click[2] for click in within}), "pairs": len({(click[2], click[1]) for click in within}),
            "hits": len(within),
        },
        "heavy": {"sessions": len(heavy), "bytes": sum(session[3] for session in heavy)},
        "errors": {
            "errors": sum(errors.values()), "codes": len({code for code, _ in errors}),
            "alerts": sum(count > 5 for count in errors.values()),
        },
        "sessions": {
            "sessions": len(whole), "hits": sum(session[2] for session in whole),
            "total_ms": sum(session[1] - session[0] for session in whole),
        },
    }  # fmt: skip


async def test_the_reports_figures_can_be_recounted(tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    assert cli(home, "up").returncode == 0
    cycle = cli(home, "sessionize", "--run", "8", "--pause", "33", "--cycles", "1", timeout=120)
    assert cycle.returncode == 0, cycle.stderr
    status = json.loads(cli(home, "status", "--json").stdout)
    bootstrap = next(s["address"] for s in status["services"] if s["name"] == "kafka")
    made = cli(home, "report", str(out), timeout=170)
    assert made.returncode == 0, made.stderr

    async def two_minutes() -> bool:  # the session that the pause ended lies before the end of a whole minute
        answers = json.loads((out / "answers.json").read_text())
        return (
            answers["answers"]["sessions"]["figures"]["sessions"] > 0
            or cli(home, "report", str(out), timeout=170).returncode != 0
        )

    await wait_until(two_minutes, 150, "a session has ended within whole minutes")
    answers = json.loads((out / "answers.json").read_text())
    clicks = [
        (time, int(v["userid"]), str(v["ip"]), int(v["status"]), int(v["bytes"]))
        for time, _, v in records(bootstrap, "clickstream")
    ]
    wanted = recount(clicks, answers["since"], answers["until"], answers["threshold"])
    assert {name: answer["figures"] for name, answer in answers["answers"].items()} == wanted
    text = (out / "report.md").read_text()
    for number in range(1, 7):
        assert f"### {number}. " in text
    for picture in ("console", "stages", "ksqldb", "charts", "topics", "flow", "tasks"):
        assert (out / f"{picture}.svg").stat().st_size > 10_000
    assert cli(home, "down").returncode == 0
