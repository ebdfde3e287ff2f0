"""A run recorded from servers, and played in the console without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickstream_pipeline import recording
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Snapshot
from clickstream_tui.app import ConsoleApp
from clickstream_tui.settings import Settings
from clickstream_tui.sources import ReplaySource
from clickstream_widgets.line_view import LineView
from tests.conftest import wait_until
from tests.e2e.test_pipeline import cli
from tests.snapshot.states import READY, RECORDS


@pytest.mark.long
async def test_a_run_is_recorded_and_played(pipeline: object, stack_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    done = cli(stack_home, "record", str(file), "--seconds", "6")
    assert done.returncode == 0, done.stderr
    assert f"--replay {file}" in done.stderr
    found = recording.load(file)
    assert found.seconds > 2
    assert any(event.records for event in found.events)
    source = ReplaySource(found)
    app = ConsoleApp(Settings(home=tmp_path / "other"), source)
    async with app.run_test(size=(120, 40)) as pilot:

        async def shows_all() -> bool:
            await pilot.pause()
            return app.snapshot.ready and bool(app.query_one(LineView).lines)

        await wait_until(shows_all, 20)
        assert {connector.name for connector in app.snapshot.connectors} >= {"DATAGEN_CLICKSTREAM"}
        app.set_focus(None)
        await pilot.press("semicolon")
        assert source.player.paused
        await pilot.press("comma")
        assert source.player.position == 0.0
        await pilot.press("full_stop")
        assert source.player.is_at_end
        await pilot.press("plus")
        assert source.player.speed == 2.0
        await pilot.press("t")  # nothing can be changed
        assert app.pipeline is None


def _record(path: Path) -> None:
    moments = iter([100.0, 101.0, 102.0, 103.0, 104.0])
    recorder = recording.Recorder(path, "embedded", lambda: next(moments))
    recorder.snapshot(READY)
    recorder.snapshot(READY)  # says nothing new, so no time passes for it
    recorder.records(RECORDS, 40)
    recorder.snapshot(Snapshot())
    recorder.close()


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    _record(tmp_path / "r")
    found = recording.load(tmp_path / "r")
    assert found.head.started == 100.0
    assert [event.at for event in found.events] == [1.0, 2.0, 3.0]
    assert found.events[0].snapshot == READY
    assert list(found.events[1].records) == RECORDS
    player = recording.Player(found)
    assert [event.at for event in player.advance(2.5)] == [1.0, 2.0]
    player.speed = 10.0
    assert [event.at for event in player.advance(1.0)] == [3.0]
    assert player.is_at_end
    assert [event.at for event in player.jump(-1.5)] == [1.0]
    player.paused = True
    assert player.advance(10.0) == ()


def test_files_that_are_no_recording(tmp_path: Path) -> None:
    file = tmp_path / "r"
    for text in ("", "{}", "no json"):
        file.write_text(text)
        with pytest.raises(PipelineError, match="no recording"):
            recording.load(file)
    _record(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])  # the machine died while the last line was written
    assert [event.at for event in recording.load(file).events] == [1.0, 2.0]
    lines = whole.splitlines()
    file.write_bytes(b"\n".join([lines[0], b"{damaged", *lines[2:]]))
    with pytest.raises(PipelineError, match="Line 2"):
        recording.load(file)
    with pytest.raises(PipelineError, match="cannot be read"):
        recording.load(tmp_path / "absent")
    with pytest.raises(PipelineError, match="cannot be written"):
        recording.Recorder(tmp_path / "absent" / "r", "embedded")
