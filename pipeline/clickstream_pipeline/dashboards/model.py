"""Dashboards as Grafana's JSON describes them (dashboard JSON model, schema 14 to today), in an immutable form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickstream_pipeline.dashboards import OURS, targets
from clickstream_pipeline.dashboards import variables as variable
from clickstream_pipeline.dashboards.targets import Bucket, Metric, Target
from clickstream_pipeline.dashboards.variables import Variable
from clickstream_pipeline.errors import PipelineError

__all__ = [
    "COLUMNS",
    "OURS",
    "Bucket",
    "Dashboard",
    "Metric",
    "Panel",
    "Target",
    "Variable",
    "duration",
    "load",
    "parse",
]

COLUMNS = 24  # of Grafana's grid; a row's `span` before schema 16 counted twelfths
_DURATION = re.compile(r"(\d+)\s*(ms|[smhdw])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_KINDS = {
    "graph": "graph", "timeseries": "graph", "barchart": "graph", "table": "table", "table-old": "table",
    "singlestat": "stat", "stat": "stat", "gauge": "stat", "piechart": "pie", "grafana-piechart-panel": "pie",
    "bargauge": "bars", "logs": "logs", "text": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; its kind is graph, table, stat, pie, bars, logs or text. `lacks` says what of it cannot be shown here, "" where all can. Width in columns of 24."""

    number: int
    title: str
    kind: str
    targets: tuple[Target, ...]
    width: int = COLUMNS
    row: int = 0
    lines: bool = True
    points: bool = False
    reduce: str = "last"
    threshold: float | None = None
    lacks: str = ""
    text: str = ""  # what a text panel says


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard: panels in reading order, its time range and refresh interval in seconds, and its variables."""

    title: str
    panels: tuple[Panel, ...]
    seconds: float = 900.0
    refresh: float = 5.0
    variables: tuple[Variable, ...] = ()


def duration(text: str, default: float) -> float:
    """Seconds of `15m`, `now-6h`, `10s`; the default for anything else."""
    found = _DURATION.search(str(text))
    return int(found[1]) * _SECONDS[found[2]] if found else default


def load(path: Path) -> Dashboard:
    """Reads a dashboard's file. Raises PipelineError where it is none."""
    try:
        return parse(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise PipelineError(f"The dashboard {path} cannot be read ({error.strerror})") from error
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise PipelineError(
            f"The file {path} is no Grafana dashboard ({error})",
            hint="Export it in Grafana with: Share, Export, Save to file",
        ) from error


def parse(body: dict[str, Any], sources: dict[str, str] | None = None) -> Dashboard:
    """A dashboard's JSON. `sources` are the indices of data sources by their uids, where they are known.

    Raises KeyError, TypeError or ValueError for what is no dashboard.
    """
    body = body.get("dashboard", body)
    if not isinstance(body.get("panels") or body.get("rows"), list):
        raise ValueError("it has neither panels nor rows")
    known = {**_inputs(body), **{name.lower(): index for name, index in (sources or {}).items()}}
    variables = variable.read(body)
    panels = tuple(_panel(raw, row, width, known, variables) for raw, row, width in _placed(body))
    start = (body.get("time") or {}).get("from", "now-15m")
    refresh = body.get("refresh")
    return Dashboard(
        str(body.get("title") or "Dashboard"), panels, max(duration(start, 900.0), 10.0),
        max(duration(refresh, 5.0) if refresh else 5.0, 1.0), variables,
    )  # fmt: skip


def _inputs(body: dict[str, Any]) -> dict[str, str]:
    """The data sources that an export leaves open: `${DS_EVENTS_PER_MIN}` was named `events_per_min`."""
    return {
        "${" + str(each["name"]).lower() + "}": str(each.get("label") or "").lower()
        for each in body.get("__inputs") or ()
        if isinstance(each, dict) and each.get("name") and each.get("type") == "datasource"
    }


def _placed(body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int, int]]:
    """(panel, number of its row, its width) in reading order; a `row` is no panel but may hold some."""
    rows: list[dict[str, Any]] = body.get("rows") or []
    for number, row in enumerate(rows):
        for raw in row.get("panels") or ():
            yield raw, number, min(int(raw.get("span", 12)) * 2, COLUMNS)
    found: list[dict[str, Any]] = []
    panels: list[dict[str, Any]] = body.get("panels") or []
    for raw in panels:
        if raw.get("type") == "row":
            found.extend(raw.get("panels") or [])
        else:
            found.append(raw)

    def place(raw: dict[str, Any]) -> tuple[int, int]:
        grid = raw.get("gridPos") or {}
        return int(grid.get("y", 0)), int(grid.get("x", 0))

    for raw in sorted(found, key=place):
        yield raw, place(raw)[0], int((raw.get("gridPos") or {}).get("w", COLUMNS))


def _panel(raw: dict[str, Any], row: int, width: int, known: dict[str, str], variables: tuple[Variable, ...]) -> Panel:
    kind = str(raw.get("type", ""))
    source = raw.get("datasource")
    lacks = "" if kind in _KINDS else f"a panel of the kind '{kind}' cannot be shown here"
    found: list[Target] = []
    for target in raw.get("targets") or () if not lacks and kind != "text" else ():
        if target.get("hide"):
            continue
        try:
            found.append(targets.read(target, target.get("datasource") or source, known))
        except (ValueError, KeyError, TypeError) as error:
            lacks = lacks or f"this query cannot be asked here: {error}"
    lacks = lacks or _unfilled(found, variables)
    if not lacks and not found and kind != "text":
        lacks = "it has no query"
    custom = ((raw.get("fieldConfig") or {}).get("defaults") or {}).get("custom") or {}
    points = bool(raw.get("points")) or custom.get("showPoints") == "always" or custom.get("drawStyle") == "points"
    calcs = ((raw.get("options") or {}).get("reduceOptions") or {}).get("calcs") or [raw.get("valueName", "last")]
    text = str((raw.get("options") or {}).get("content") or raw.get("content") or "") if kind == "text" else ""
    return Panel(
        int(raw.get("id") or 0), str(raw.get("title") or ""), _KINDS.get(kind, kind), tuple(found), width, row,
        bool(raw.get("lines", True)) and custom.get("drawStyle") != "points", points, _reduction(str(calcs[0])),
        _threshold(raw), lacks, text,
    )  # fmt: skip


def _unfilled(found: list[Target], variables: tuple[Variable, ...]) -> str:
    """What is said of a variable that nothing can be put in the place of; "" where there is none."""
    known = {each.name: each for each in variables}
    for name in sorted({name for target in found for text in target.texts for name in variable.names(text)}):
        if name not in known:
            return f"its query names the variable ${name}, which this dashboard does not have"
        if known[name].lacks:
            return f"its query names the variable ${name}: {known[name].lacks}"
    return ""


def _reduction(name: str) -> str:
    known = {"current": "last", "lastNotNull": "last", "avg": "mean", "total": "sum"}
    name = known.get(name, name)
    return name if name in ("last", "max", "min", "mean", "sum") else "last"


def _threshold(raw: dict[str, Any]) -> float | None:
    """The first alert or warning threshold of a panel."""
    values: list[Any] = [each.get("value") for each in raw.get("thresholds") or () if isinstance(each, dict)]
    for style in raw.get("styles") or ():
        values += style.get("thresholds") or ()
    steps = (((raw.get("fieldConfig") or {}).get("defaults") or {}).get("thresholds") or {}).get("steps") or ()
    values += [step.get("value") for step in steps]
    for value in values:
        try:
            return float(value)
        except (TypeError, ValueError):
            continue
    return None
