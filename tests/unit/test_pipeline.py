"""The pipeline's own logic: decoding, buffers, charts, settings, sessionize, command log."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding

from clickstream_pipeline.charts import Bandwidth, Session
from clickstream_pipeline.clients.connect_settings import MASK, masked
from clickstream_pipeline.command_log import CommandLog, curl
from clickstream_pipeline.decode import decode_key, decode_value
from clickstream_pipeline.errors import PipelineError
from clickstream_pipeline.model import Record
from clickstream_pipeline.tail_buffer import TailBuffer
from clickstream_tui import keymap
from clickstream_tui.key_tables import key_groups
from clickstream_tui.settings import ConfigError, load
from clickstream_widgets.safe_text import one_line

NOW = 1_700_000_000_000


def record(offset: int, timestamp: int = NOW, size: object = "100") -> Record:
    return Record("clickstream", 0, offset, timestamp, "k", {"bytes": size})


def test_windowed_keys_are_shown_as_key_and_window() -> None:
    start = struct.pack(">q", NOW)
    assert decode_key(b"\0\0\0\5" + start) == ("5", (NOW, None))
    assert decode_key(b"ada" + struct.pack(">q", NOW + 9) + start) == ("ada", (NOW, NOW + 9))
    assert decode_key(b"plain") == ("plain", None)
    assert decode_key(None) == ("", None)


def test_values_that_are_no_text_are_shown_in_hex() -> None:
    assert decode_value(b'{"a":1}') == {"a": 1}
    assert decode_value(b"\xff\xfe") == "0xfffe"
    assert decode_value(None) is None
    assert decode_value(b'"[' + b"[" * 200 + b'"') == "[" + "[" * 200
    assert decode_value(b"[" + b"[1]," * 200 + b"1]") == [*[[1]] * 200, 1]


@pytest.mark.parametrize("depth", [90, 110, 500, 1000, 5000, 100_000])
@pytest.mark.parametrize("part", [(b"[", b"]"), (b'{"a":', b"}")])
def test_values_nested_too_deep_stay_text(depth: int, part: tuple[bytes, bytes]) -> None:
    data = part[0] * depth + b"1" + part[1] * depth
    value = decode_value(data)
    assert isinstance(value, str) is (depth > 100)
    record = Record("t", 0, 0, 0, "", value, None, len(data), ())
    assert dataclasses.asdict(record)["value"] == value
    assert one_line(value, 10).startswith(data[:5].decode())
    deep: Any = 1
    for _ in range(depth):
        deep = [deep]
    assert one_line(deep, 5000)


def test_control_characters_and_escapes_are_harmless() -> None:
    assert one_line("a\x1b[31mb\nc") == "a\\x1b[31mb\\nc"


def test_the_buffer_drops_the_oldest_and_counts() -> None:
    buffer = TailBuffer(capacity=3)
    buffer.add([record(n) for n in range(5)])
    assert buffer.dropped == 2
    assert [r.offset for r in buffer.take(limit=2)] == [3, 4]
    assert (buffer.received, buffer.dropped) == (5, 3)


def test_bandwidth_is_bytes_per_second_and_quiet_times_are_zero() -> None:
    meter = Bandwidth()
    meter.add([record(0), record(1), record(2, NOW + 10_000), record(3, NOW, "x")])
    series = meter.series()
    assert series.values == (40.0, 0.0, 20.0)


def test_the_bucket_that_runs_has_the_rate_of_what_has_passed_and_says_that_it_runs() -> None:
    meter = Bandwidth()
    meter.add([record(0), record(1, NOW + 5_000)])
    series = meter.series(now=NOW / 1000 + 7)
    assert (series.values, series.running) == ((20.0, 50.0), 1)
    assert meter.series(now=NOW / 1000 + 10).running == 0


def test_a_session_is_open_until_the_gap_has_passed() -> None:
    session = Session("ada", NOW, NOW, 3)
    assert session.is_open(NOW + 29_999)
    assert not session.is_open(NOW + 30_000)


def test_secrets_are_masked_and_references_stay() -> None:
    shown = dict(masked({"connection.password": "x", "a.token": "${file:f:k}", "topics": "t"}))
    assert shown == {"connection.password": MASK, "a.token": "${file:f:k}", "topics": "t"}


def test_commands_can_be_pasted_and_are_kept(tmp_path: Path) -> None:
    log = CommandLog(tmp_path / "c.jsonl", clock=lambda: 5.0)
    log.note(curl("PUT", "http://h/x", {"a": "it's"}))
    assert log.commands[0].line.startswith("curl -sS -X PUT http://h/x -H 'Content-Type")
    assert (tmp_path / "c.jsonl").read_text().count("\n") == 1


def test_settings_come_from_command_line_then_environment_then_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('home = "/from/file"\n[ports]\nkafka = 1\n')
    assert load(file, {}).home == Path("/from/file")
    assert load(file, {"CLICKSTREAM_HOME": "/env"}).home == Path("/env")
    assert load(file, {"CLICKSTREAM_HOME": "/env"}, home=Path("/cli")).home == Path("/cli")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hom = 'x'", "Did you mean 'home'?"),
        ("[ports]\nkafka = 'x'", "must be a number"),
        ("a = ", "is not TOML"),
        ("profile = 'x'", "There is no profile"),
    ],
)
def test_wrong_settings_are_explained(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load(file, {})


def test_a_buffer_tells_once_that_something_waits() -> None:
    heard: list[int] = []
    buffer: TailBuffer[int] = TailBuffer(3, lambda: heard.append(buffer.waiting))
    buffer.add([1, 2])
    buffer.add([3, 4])
    assert heard == [2]
    assert (buffer.take(), buffer.dropped) == ([2, 3, 4], 1)
    buffer.add([5])
    assert heard == [2, 1]


def test_keys_can_be_rebound_and_clashes_are_refused() -> None:
    assert keymap.checked_keymap({"tail.pause": "x"}, key_groups()) == {"tail.pause": "x"}
    with pytest.raises(PipelineError, match="no action"):
        keymap.checked_keymap({"nope": "x"}, key_groups())
    with pytest.raises(PipelineError, match="both"):
        keymap.checked_keymap({"app.quit": "t"}, key_groups())


def test_a_key_means_one_thing_everywhere() -> None:
    keymap.check_one_meaning(key_groups())
    with pytest.raises(ValueError, match="'t' means 'Sessionize' in everywhere and 'Toggle' in lists"):
        keymap.check_one_meaning([*key_groups(), ("lists", [Binding("t", "toggle", "Toggle")])])


def test_no_two_actions_share_a_key() -> None:
    for group, bindings in key_groups():
        keys = [k for _, b in keymap.bindings_of([(group, bindings)]) for k in b.key.split(",")]
        assert len(keys) == len(set(keys)), group
