"""A broker as a process, for the files that ask it in its own protocol."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import Server
from tests.servers.broker_plays import Stage, produced, records, topic


@pytest.fixture(scope="module")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of the file's own, started with what its `BROKER_SETTINGS` say."""
    given = getattr(request.module, "BROKER_SETTINGS", "")
    with Server("broker", tmp_path_factory.mktemp("broker"), *(("--setting", given) if given else ())) as server:
        yield server


@pytest.fixture
def stage(broker: Server) -> Iterator[Stage]:
    """Asks that broker."""
    opened = Stage(broker.address)
    yield opened
    opened.close()


def committed_group(address: str, group: str, offset: int) -> None:
    """A topic `t` with one record, and a group that has committed an offset of it.

    Asked over a plain connection with limits: a consumer of librdkafka whose commit finds no coordinator waits in its destructor, too.
    """
    asked = Stage(address)
    asked.wait_for_coordinators()
    asked.ask("", 19, 5, topic("t"))
    asked.ask("", 0, 9, produced("t", records((None, b"x"))))
    place = {"partition_index": 0, "committed_offset": offset, "committed_leader_epoch": -1, "committed_metadata": ""}
    who = {"group_id": group, "generation_id_or_member_epoch": -1, "member_id": "", "group_instance_id": None}
    answer = asked.ask("", 8, 7, {**who, "topics": [{"name": "t", "partitions": [place]}]})
    asked.close()
    assert answer["topics"][0]["partitions"][0]["error_code"] == "none", answer
