"""Rules of alerts: what is refused, what holds, and that it is raised once."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clickstream_pipeline import alerts
from clickstream_pipeline.clients.ksqldb import KsqlClient
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Connector, Snapshot, Task, Topic
from clickstream_tui.settings import load

NOWHERE = "http://127.0.0.1:9"


def rules(text: str) -> tuple[alerts.Rule, ...]:
    return alerts.parse(tomllib.loads(text)["alerts"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('kind = "connector"', "no name"),
        ('name = "a"\nkind = "weather"', "no kind that is known"),
        ('name = "a"\nkind = "silence"', "needs a `topic`"),
        ('name = "a"\nkind = "silence"\ntopic = "t"\nfor = "soon"', "30s, 10m or 1h"),
        ('name = "a"\nkind = "table"\ntable = "T; DROP TABLE T"\ncolumn = "C"\nabove = 1', "plain name"),
        ('name = "a"\nkind = "table"\ntable = "T"\ncolumn = "C"', "either `above` or `below`"),
        ('name = "a"\nkind = "table"\ntable = "T"\ncolumn = "C"\nabove = "x"', "is a number"),
        ('name = "a"\nkind = "connector"\nabove = 1', "unknown setting 'above'"),
        ('name = "a"\nkind = "connector"\nwebhook_env = "NOT_SET_ANYWHERE"', "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_rules_that_cannot_be(text: str, words: str) -> None:
    with pytest.raises(PipelineError, match=words.replace("(", r"\(")):
        rules(f"[[alerts]]\n{text}\n")


def test_two_rules_of_one_name_and_no_rules() -> None:
    with pytest.raises(PipelineError, match="two alerts"):
        rules('[[alerts]]\nname = "a"\nkind = "connector"\n[[alerts]]\nname = "a"\nkind = "connector"\n')
    with pytest.raises(PipelineError, match="not rules"):
        alerts.parse("x")


def test_the_settings_take_them(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[[alerts]]\nname = "mine"\nkind = "silence"\ntopic = "t"\nfor = "2m"\n')
    (rule,) = load(file, {}).alerts
    assert (rule.target, rule.seconds) == ("t", 120.0)
    file.write_text("read_only = false\n")
    assert load(file, {}).alerts == alerts.DEFAULT


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_silence_and_a_failed_connector() -> None:
    clock = Clock()
    watch = alerts.Watch(alerts.DEFAULT, clock)
    client = KsqlClient(NOWHERE)
    good = Connector("c", "source", "RUNNING", "x", (), (Task(0, "RUNNING", "w"),))
    bad = replace(good, tasks=(Task(0, "FAILED", "w", "why"),))

    async def look(records: int, connector: Connector = good) -> tuple[list[str], list[str]]:
        snapshot = Snapshot(topics=(Topic("clickstream", 1, records),), connectors=(connector,))
        active = await watch.look(snapshot, client)
        return [alert.rule.name for alert in active], [alert.rule.name for alert in watch.news]

    assert await look(10) == ([], [])
    clock.now += 59
    assert await look(10) == ([], [])
    clock.now += 1
    assert await look(10) == (["no clicks"], ["no clicks"])
    clock.now += 5
    assert await look(10) == (["no clicks"], [])  # raised once
    assert watch.active[0].since == 1060.0
    assert "65 s" in watch.active[0].message
    assert await look(11, bad) == (["connector failed"], ["connector failed"])
    assert await look(12) == ([], [])
    await client.close()


async def test_a_webhook_that_does_not_answer_gives_no_address_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", f"{NOWHERE}/secret-token")
    (rule,) = rules('[[alerts]]\nname = "a"\nkind = "connector"\nwebhook_env = "HOOK"\n')
    problem = await alerts.call(alerts.Alert(rule, "m", 0.0))
    assert "does not answer" in problem
    assert "secret-token" not in problem + repr(rule)
    (rule,) = rules('[[alerts]]\nname = "a"\nkind = "connector"\n')
    assert not rule.webhook


def test_default_rules_are_those_of_the_documents() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text("utf-8")
    shown: Any = tomllib.loads(text.split("```toml")[2].split("```")[0])["alerts"]
    shown[0].pop("webhook_env")
    parsed = alerts.parse(shown)
    assert {rule.name for rule in alerts.DEFAULT} <= {rule.name for rule in parsed}
    assert [rule for rule in parsed if rule.name == "no clicks"] == [alerts.DEFAULT[1]]
