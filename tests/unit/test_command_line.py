"""The command line without servers: usage, formats, what is said of a stack that does not run."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clickstream_pipeline.preflight import home_findings
from clickstream_tui.cli.main import main
from clickstream_tui.cli.output import Format, OutputClosed, Printer, harmless, print_table
from clickstream_tui.cli.serve import arguments, without_outside
from clickstream_tui.settings import ConfigError, for_profile, load


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLICKSTREAM_PORTS", "free")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "home"


@pytest.mark.parametrize(
    "given",
    [
        ["tail", "t", "--from", "yesterday"], ["tail", "t", "--grep", "("], ["tail", "t", "--where", "nothing"],
        ["tail", "t", "--limit", "0"], ["up", "--through", "nowhere"], ["topics", "create", "t", "--set", "x"],
        ["query"], ["query", "-f", "/no/such/file"], ["nonsense"], ["connectors", "pause"], ["quickstart", "nine"],
        ["--profile", "nowhere", "status"], ["--replay", "/no/such/recording"], ["sessionize", "--cycles", "0"],
        ["serve", "--port", "70000"], ["groups", "reset", "g", "t", "--to", "sometime"], ["query", "X", "-D", "novalue"],
    ],
)  # fmt: skip
def test_wrong_usage_is_64_and_one_sentence(home: Path, given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home), *given]) == 64
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_a_home_whose_stack_does_not_run_shows_no_other(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir()
    (home / "ports.json").write_text('{"kafka": 9092}')
    assert main(["--home", str(home), "status", "--json"]) == 2
    body = json.loads(capsys.readouterr().out)
    assert body["status"] == "down"
    assert body["connectors"] == body["topics"] == body["queries"] == []
    assert all(stage["health"] == "unknown" and stage["why"] for stage in body["stages"])
    assert main(["--home", str(home), "topics"]) == 2
    assert f"{home} do not run" in capsys.readouterr().err


def test_a_state_file_that_was_left_behind_is_not_a_running_stack(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    state = {
        "pid": 1,
        "control_port": 1,
        "token": "x",
        "ports": {"kafka": 1, "connect": 1, "ksqldb": 1, "elasticsearch": 1},
    }
    (home / "stack.json").write_text(json.dumps(state))
    assert main(["--home", str(home), "connectors"]) == 2
    assert "do not run" in capsys.readouterr().err


def test_status_as_csv_is_csv(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home), "status", "--output", "csv"]) == 2
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["kind"] == "stage"
    assert {"name", "health", "since", "why"} <= set(rows[0])


def test_doctor_prints_its_checks(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home), "doctor"]) == 0
    said = capsys.readouterr()
    assert said.out.count("✓") == 2
    assert main(["--home", str(home), "doctor", "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)
    assert [check["check"] for check in checks] == ["home", "disk"]
    assert all(check["passed"] is True for check in checks)


def test_a_home_that_cannot_be_used_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = home_findings(tmp_path / "file" / "home")
    assert not found[0].passed
    assert found[0].cure


def test_values_in_tables_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer(Format.csv, ("a", "b", "c", "d"))
    printer.row([True, ["RUNNING", "FAILED"], None, {"x": 1}])
    printer.end()
    assert capsys.readouterr().out.splitlines() == ["a,b,c,d", 'true,"RUNNING, FAILED",,"{""x"": 1}"']
    assert harmless("a\x1b[31m\nb") == "a\\x1b[31m\\nb"
    print_table(("name", "n"), [("日本", 1), ("ab", 2)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["日本  1", "ab    2"]  # as wide as they stand in a terminal


def test_a_reader_that_goes_away_is_no_failure(home: Path) -> None:
    code = "import sys; from clickstream_tui.cli.main import main; sys.exit(main(sys.argv[1:]))"
    for given in (["--help"], ["--home", str(home), "status", "--json"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([sys.executable, "-c", code, *given], stdout=writer, stderr=subprocess.PIPE, timeout=120)
        os.close(writer)
        assert done.returncode in (0, 141)
        assert b"Broken" not in done.stderr
        assert b"Traceback" not in done.stderr
    assert not issubclass(OutputClosed, OSError)  # click takes those for its own


def test_serve_passes_every_global_option_on_and_asks_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "my settings.toml"
    file.write_text('theme = "nord"\n')
    settings = load(file, {}, home=tmp_path / "a home; rm x", read_only=True, verbose=True, profile="docker")
    given = arguments(settings)
    assert given[given.index("--profile") + 1] == "docker"
    assert given[given.index("--config") + 1] == str(file)
    assert given[given.index("--home") + 1] == str(tmp_path / "a home; rm x")
    assert {"--read-only", "--verbose"} <= set(given)
    import textual_serve

    page = (Path(textual_serve.__file__).parent / "templates" / "app_index.html").read_text("utf-8")
    assert "https://fonts" in page
    assert "https://" not in without_outside(page).replace("https://www.w3.org", "")


@pytest.mark.parametrize("given", [["down"], ["down", "--volumes"]])
def test_read_only_refuses_down(home: Path, given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (home / "data").mkdir(parents=True)
    assert main(["--home", str(home), "--read-only", *given]) == 1
    assert "read-only" in capsys.readouterr().err
    assert (home / "data").is_dir()


_CLUSTER = """
[profiles.{name}.kafka]
bootstrap = "127.0.0.1:1"
[profiles.{name}.ksqldb]
url = "http://127.0.0.1:1"
[profiles.{name}.connect]
url = "http://127.0.0.1:1"
[profiles.{name}.elasticsearch]
url = "http://127.0.0.1:1"
"""


def test_several_clusters_by_name(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        'profile = "prod"\n[profiles.prod]\ncolor = "red"\n[profiles.test]\nread_only = false\n'
        + _CLUSTER.format(name="prod") + _CLUSTER.format(name="test")
    )  # fmt: skip
    settings = load(file, {}, home=home)
    assert (settings.profile, settings.profile_name, settings.color) == ("remote", "prod", "red")
    assert settings.read_only  # somebody else's cluster
    other = for_profile(settings, "test", said=None)
    assert not other.read_only
    with pytest.raises(ConfigError, match="There is no profile 'tset'"):
        for_profile(settings, "tset")
    options = ["--config", str(file), "--home", str(home)]
    assert main([*options, "profiles", "--json"]) == 0
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert listed["prod"]["current"] is True
    assert listed["test"]["read_only"] is False
    assert main([*options, "profiles", "test", "test", "--json"]) == 2
    checks = json.loads(capsys.readouterr().out)
    assert {check["server"] for check in checks} == {"kafka", "connect", "ksqldb", "elasticsearch"}
    assert all(check["ok"] is False and "127.0.0.1:1" in check["cause"] for check in checks)


def test_all_closed_is_down_with_address_and_cause(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.toml"
    file.write_text('profile = "prod"\n' + _CLUSTER.format(name="prod"))
    assert main(["--config", str(file), "--home", str(home), "status", "--json"]) == 2
    body = json.loads(capsys.readouterr().out)
    assert body["status"] == "down"
    assert {service["health"] for service in body["services"]} == {"failed"}
    assert all("127.0.0.1:1" in service["why"] for service in body["services"])
    stages = {stage["name"]: stage for stage in body["stages"]}
    assert stages["services"]["state"] in ("todo", "failed")
    assert stages["services"]["health"] != "ok"
    assert "clickstream-tui up" not in json.dumps(body)


def test_read_only_says_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("read_only = true\n")
    assert "settings" in load(file, {}).read_only_hint
    assert "--read-only" in load(file, {}, read_only=True).read_only_hint
