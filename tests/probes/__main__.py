"""`python -m tests.probes [DIR] [--kind KIND] [--grep TEXT] [-v]`: prints one JSON object as its last line."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.probes.expressions import Expressions
from tests.probes.servers import running
from tests.probes.verdict import Probe, Score, Verdict

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "probes"
KINDS = ("expression", "pull", "push", "statement")  # statements last: they change what the others see


def _expressions(setup: dict[str, Any], probes: Iterable[Probe], data: Path, score: Score) -> None:
    with closing(Expressions(setup, data)) as expressions:
        for probe in probes:
            try:
                score.add(probe, expressions.ask(probe))
            except Exception as error:  # a defect of the engine is one failing probe
                score.add(probe, Verdict(("accepted",), {"accepted": f"crashed: {type(error).__name__}: {error}"}))


def run(setup: dict[str, Any], probes: list[Probe], folder: Path) -> Score:
    """Asks all probes; those of servers are asked only where there are such."""
    score = Score()
    _expressions(setup, (probe for probe in probes if probe["kind"] == "expression"), folder / "offline", score)
    others = sorted(
        (probe for probe in probes if probe["kind"] != "expression"),
        key=lambda probe: (KINDS.index(probe["kind"]), probe.get("order", 0)),
    )
    if others:
        with running(setup, folder) as servers:
            for probe in others:
                score.add(probe, servers.ask(probe))
    return score


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.probes")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--grep", default="", help="only probes whose text has this in it")
    parser.add_argument("-v", action="store_true", help="the failing ones and why")
    options = parser.parse_args()
    if not (options.folder / "probes.jsonl").is_file():
        print(f"There are no probes at {options.folder}.", file=sys.stderr)
        return 1
    setup = json.loads((options.folder / "setup.json").read_text("utf-8"))
    lines = (options.folder / "probes.jsonl").read_text("utf-8").splitlines()
    probes = [probe for probe in map(json.loads, lines) if options.kind in (None, probe["kind"])]
    probes = [probe for probe in probes if options.grep in (probe.get("expression") or probe["text"])]
    with tempfile.TemporaryDirectory() as folder:
        score = run(setup, probes, Path(folder))
    if options.v:
        for probe, verdict in score.failures:
            print(f"{probe['kind']} {probe.get('order', '')} {probe.get('expression') or probe['text']}")
            for aspect, reason in verdict.failed.items():
                print(f"    {aspect}: {reason}")
    print(json.dumps(score.summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
