"""Dashboards as Grafana's JSON describes them (dashboard JSON model, schema 14 to today), in an immutable form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickstream_pipeline.errors import PipelineError

OURS = Path(__file__).with_name("clickstream.json")
COLUMNS = 24  # of Grafana's grid; a row's `span` before schema 16 counted twelfths
_DURATION = re.compile(r"(\d+)\s*(ms|[smhdw])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_KINDS = {
    "graph": "graph", "timeseries": "graph", "barchart": "graph", "table": "table", "table-old": "table",
    "singlestat": "stat", "stat": "stat", "gauge": "stat",
}  # fmt: skip
_METRICS = ("count", "max", "min", "avg", "sum", "cardinality")
_BUCKETS = ("terms", "date_histogram")


@dataclass(frozen=True, slots=True)
class Bucket:
    """How documents are put together: by `terms` of a field, or by time."""

    kind: str
    field: str
    size: int = 10
    order: str = "desc"
    order_by: str = "_term"
    interval: str = "auto"


@dataclass(frozen=True, slots=True)
class Metric:
    """What is computed of each bucket."""

    kind: str
    field: str = ""

    @property
    def label(self) -> str:
        """As Grafana names it."""
        names = {"count": "Count", "avg": "Average", "cardinality": "Unique Count"}
        shown = names.get(self.kind, self.kind.capitalize())
        return f"{shown} {self.field}".strip()


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel over one index."""

    index: str
    time_field: str
    query: str
    buckets: tuple[Bucket, ...]
    metrics: tuple[Metric, ...]
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `lacks` says what of it cannot be shown here, "" where all can. Width in columns of 24."""

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


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard: panels in reading order, its time range and its refresh interval, both in seconds."""

    title: str
    panels: tuple[Panel, ...]
    seconds: float = 900.0
    refresh: float = 5.0


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


def parse(body: dict[str, Any]) -> Dashboard:
    """Raises KeyError, TypeError or ValueError for what is no dashboard."""
    body = body.get("dashboard", body)
    if not isinstance(body.get("panels") or body.get("rows"), list):
        raise ValueError("it has neither panels nor rows")
    panels = tuple(_panel(raw, row, width) for raw, row, width in _placed(body))
    start = (body.get("time") or {}).get("from", "now-15m")
    refresh = body.get("refresh")
    return Dashboard(
        str(body.get("title") or "Dashboard"), panels, max(duration(start, 900.0), 10.0),
        max(duration(refresh, 5.0) if refresh else 5.0, 1.0),
    )  # fmt: skip


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


def _index(source: Any) -> str:
    """The index of a data source, which the tutorial names after it: `events_per_min`."""
    name = source.get("uid") or source.get("name") or "" if isinstance(source, dict) else source
    return str(name or "").lower()


def _panel(raw: dict[str, Any], row: int, width: int) -> Panel:
    kind = str(raw.get("type", ""))
    source = raw.get("datasource")
    lacks = "" if kind in _KINDS else f"a panel of the kind '{kind}' cannot be shown here"
    targets: list[Target] = []
    for target in raw.get("targets") or () if not lacks else ():
        if target.get("hide"):
            continue
        try:
            targets.append(_target(target, target.get("datasource") or source))
        except (ValueError, KeyError, TypeError) as error:
            lacks = lacks or f"this query cannot be asked here: {error}"
    if not lacks and not targets:
        lacks = "it has no query"
    custom = ((raw.get("fieldConfig") or {}).get("defaults") or {}).get("custom") or {}
    points = bool(raw.get("points")) or custom.get("showPoints") == "always" or custom.get("drawStyle") == "points"
    calcs = ((raw.get("options") or {}).get("reduceOptions") or {}).get("calcs") or [raw.get("valueName", "last")]
    return Panel(
        int(raw.get("id") or 0), str(raw.get("title") or ""), _KINDS.get(kind, kind), tuple(targets), width, row,
        bool(raw.get("lines", True)) and custom.get("drawStyle") != "points", points, _reduction(str(calcs[0])),
        _threshold(raw), lacks,
    )  # fmt: skip


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


def _target(raw: dict[str, Any], source: Any) -> Target:
    if isinstance(source, dict) and source.get("type", "elasticsearch") != "elasticsearch":
        raise ValueError(f"its data source is {source['type']}, not elasticsearch")
    buckets: list[Bucket] = []
    for each in raw.get("bucketAggs") or ():
        if each["type"] not in _BUCKETS:
            raise ValueError(f"buckets by {each['type']} are not known here")
        settings = each.get("settings") or {}
        order_by = str(settings.get("orderBy", "_term"))
        if order_by.isdigit():  # by a metric, which has that id
            order_by = "_count" if raw.get("metrics", [{}])[0].get("type") == "count" else "metric"
        buckets.append(Bucket(
            each["type"], str(each.get("field") or raw.get("timeField") or ""), int(settings.get("size") or 10) or 500,
            str(settings.get("order", "desc")), order_by, str(settings.get("interval", "auto")),
        ))  # fmt: skip
    metrics: list[Metric] = []
    for each in raw.get("metrics") or ({"type": "count"},):
        if each.get("hide"):
            continue
        if each["type"] not in _METRICS:
            raise ValueError(f"the metric {each['type']} is not known here")
        metrics.append(Metric(each["type"], "" if each["type"] == "count" else str(each.get("field") or "")))
    index = _index(source)
    if not index or index.startswith(("$", "--")):
        raise ValueError("it names no data source")
    return Target(
        index, str(raw.get("timeField") or "EVENT_TS"), str(raw.get("query") or "*"), tuple(buckets), tuple(metrics),
        str(raw.get("alias") or ""),
    )  # fmt: skip
