"""What a panel shows: its queries as Elasticsearch requests, and the answers as series, tables, parts or lines."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clickstream_pipeline.charts import Series, still_running
from clickstream_pipeline.dashboards.asking import interval, request, terms_of, values_of, walk
from clickstream_pipeline.dashboards.model import Metric, Panel, Target
from clickstream_pipeline.dashboards.variables import Values, Variable, filled
from clickstream_pipeline.errors import Refused

if TYPE_CHECKING:
    from clickstream_pipeline.clients.elasticsearch import ElasticsearchClient

__all__ = ["Content", "Line", "Table", "fetch", "interval", "options", "reduced", "request", "series", "table"]

MAX_SERIES = 20


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One document of a logs panel: its time (ms since the epoch), and its text."""

    millis: int
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a panel shows: one of `series`, `table`, `value`, `parts` (a pie's or a bar gauge's names and values), `lines`
    and `text`; parts and lines are there as a table too. `note` says what was left out, or why there is nothing."""

    series: tuple[Series, ...] = ()
    table: Table | None = None
    value: float | None = None
    note: str = ""
    parts: tuple[tuple[str, float], ...] = ()
    lines: tuple[Line, ...] = ()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.series and self.value is None and not self.text and (self.table is None or not self.table.rows)


def _name(target: Target, fields: dict[str, Any], metric: Metric, label: str, values: Values) -> str:
    """A series' name: the alias with its places filled, else the terms, else the metric."""
    if target.alias:
        known = {**{field: str(value) for field, value in fields.items()}, **{f"term {field}": str(value) for field, value in fields.items()},
                 "metric": label if metric.kind in ("percentiles", "extended_stats") else metric.label, "field": metric.field}  # fmt: skip
        lowered = {name.lower(): value for name, value in known.items()}

        def place(found: re.Match[str]) -> str:
            return known.get(found[1], lowered.get(found[1].lower(), found[0]))

        return re.sub(r"\{\{\s*(.+?)\s*\}\}", place, filled(target.alias, values, "raw"))
    shown = " ".join(str(value) for value in fields.values())
    alone = len(target.metrics) == 1 and len(metric.parts()) == 1
    return shown if shown and alone else f"{shown} {label}".strip()


def series(
    target: Target, answer: dict[str, Any], values: Values | None = None, *, span: float = 0.0, end: float = math.inf
) -> tuple[Series, ...]:  # fmt: skip
    """One line for each combination of terms and metric, over the innermost buckets of time; gaps are left out.

    Args:
        target: what was asked.
        answer: what came.
        values: what stands for the dashboard's variables, by their names.
        span: seconds of the time that was asked for, by which the length of a bucket is found.
        end: its end in seconds since the epoch: a bucket that reaches beyond it still runs.
    """
    fields = [bucket.field or bucket.kind for bucket in target.buckets[:-1]]
    # by what they are, not by their names: an alias may give the same one to several
    lines: dict[tuple[Any, ...], tuple[str, list[float], list[float]]] = {}
    for keys, bucket in walk(target, answer.get("aggregations") or {}):
        named = dict(zip(fields, keys[:-1], strict=True))
        for metric in target.metrics:
            if metric.is_hidden:
                continue
            for label, value in values_of(metric, bucket):
                if value is None:
                    continue
                name = _name(target, named, metric, label, values or {})
                _, times, found = lines.setdefault((*keys[:-1], metric.number, label), (name, [], []))
                times.append(float(keys[-1]) / 1000)
                found.append(float(value))
    length = interval(target.buckets[-1], span)
    return tuple(
        Series(name, tuple(times), tuple(found), still_running(times, length, end))
        for name, times, found in lines.values()
    )


def table(target: Target, answer: dict[str, Any]) -> Table:
    """A row for each innermost bucket: its keys, then the metrics."""
    shown = [metric for metric in target.metrics if not metric.is_hidden]
    labels = [
        label for metric in shown for label, _ in (metric.parts() if metric.kind != "count" else [(metric.label, ())])
    ]
    columns = (*(bucket.field or bucket.kind for bucket in target.buckets), *labels)
    rows = [
        (*keys, *(value for metric in shown for _, value in values_of(metric, bucket)))
        for keys, bucket in walk(target, answer.get("aggregations") or {})
    ]
    if not target.buckets and target.metrics and all(metric.kind == "count" for metric in shown):
        total = (answer.get("hits") or {}).get("total")
        rows = [(total.get("value") if isinstance(total, dict) else total,)]
    return Table(columns, tuple(row for row in rows if any(cell is not None for cell in row[len(target.buckets) :])))


def documents(target: Target, answer: dict[str, Any]) -> tuple[Line, ...]:
    """The documents of an answer as lines, the newest first."""
    found: list[Line] = []
    for hit in (answer.get("hits") or {}).get("hits") or ():
        source = hit.get("_source") or {}
        sort = hit.get("sort") or [0]
        message = source.get("message") or source.get("MESSAGE")
        text = str(message) if message else json.dumps(source, ensure_ascii=False)
        found.append(Line(int(sort[0] or 0), text))
    return tuple(found)


def reduced(panel: Panel, lines: tuple[Series, ...]) -> float | None:
    """The one value of a stat panel, None where there is none."""
    values = [value for line in lines for value in _reducible(panel.reduce, line)]
    return _one(panel.reduce, values) if values else None


def _reducible(how: str, line: Series) -> Sequence[float]:
    """The values of which one is made: what still runs is no last, no least and no usual value, and yet part of a sum."""
    return line.values if how in ("sum", "max") else line.complete


def _one(how: str, values: Sequence[float]) -> float:
    ways = {"last": lambda: values[-1], "mean": lambda: sum(values) / len(values), "max": lambda: max(values),
            "min": lambda: min(values), "sum": lambda: sum(values)}  # fmt: skip
    return ways[how]()


def _parts(panel: Panel, lines: list[Series], rows: Table | None) -> tuple[tuple[str, float], ...]:
    """The names and values of a pie or a bar gauge: of each line its one value, of each row its last cell."""
    if lines:
        known = ((line.name, _reducible(panel.reduce, line)) for line in lines)
        return tuple((name, _one(panel.reduce, found)) for name, found in known if found)
    if rows is None:
        return ()
    return tuple(
        (" ".join(map(str, row[:-1])) or rows.columns[-1], float(row[-1])) for row in rows.rows if row[-1] is not None
    )


async def options(client: ElasticsearchClient, variable: Variable, values: Values | None = None) -> Variable:
    """The variable with the options that the search server has. Raises PipelineError."""
    if not variable.is_asked:
        return variable
    answer = await client.search(
        variable.index or "_all", terms_of(variable.field, filled(variable.filter, values or {}))
    )
    buckets = ((answer.get("aggregations") or {}).get("1") or {}).get("buckets") or ()
    return variable.with_options(tuple(str(bucket.get("key_as_string", bucket["key"])) for bucket in buckets))


async def fetch(
    client: ElasticsearchClient, panel: Panel, start: int, end: int, major: int, values: Values | None = None
) -> Content:
    """What the panel shows of the time from `start` to `end` (ms). Raises PipelineError.

    Args:
        client: the search server.
        panel: the panel.
        start: ms since the epoch.
        end: ms since the epoch.
        major: the major version of the server.
        values: what stands for the dashboard's variables, by their names.
    """
    if panel.kind == "text":
        return Content(text=panel.text, note=panel.text)
    lines: list[Series] = []
    rows: Table | None = None
    logged: list[Line] = []
    absent: list[str] = []
    for target in panel.targets:
        index = filled(target.index, values or {}, "csv").lower()
        try:
            answer = await client.search(index, request(target, start, end, major, values))
        except Refused as refused:
            if refused.status != 404:
                raise
            absent.append(index)
            continue
        is_timed = bool(target.buckets) and target.buckets[-1].kind == "date_histogram"
        if target.documents:
            logged += documents(target, answer)
        elif panel.kind == "table" or not is_timed:
            found = table(target, answer)
            rows = (
                found if rows is None or rows.columns != found.columns else Table(rows.columns, rows.rows + found.rows)
            )
        else:
            lines += series(target, answer, values, span=(end - start) / 1000, end=end / 1000)
    note = _note(lines, absent)
    if panel.kind == "stat":
        return Content(value=reduced(panel, tuple(lines) or _as_series(rows)), note=note)
    if panel.kind in ("pie", "bars"):
        parts = _parts(panel, lines, rows)
        return Content(parts=parts, table=Table(("name", "value"), parts) if parts else None, note=note)
    if logged:
        shown = Table(("time", "line"), tuple((_clock(line.millis), line.text) for line in logged))
        return Content(lines=tuple(logged), table=shown, note=note)
    return Content(tuple(lines[:MAX_SERIES]), rows if not lines else None, note=note)


def _note(lines: list[Series], absent: list[str]) -> str:
    if absent:
        return (f"there is no index {', '.join(absent)}: its sink has written nothing yet, or the panel's data source has a uid that is "
                "not the name of an index, and only Grafana knows which one is meant")  # fmt: skip
    return f"{len(lines) - MAX_SERIES} more lines are not drawn" if len(lines) > MAX_SERIES else ""


def _clock(millis: int) -> str:
    return datetime.datetime.fromtimestamp(millis / 1000, datetime.UTC).strftime("%H:%M:%S.%f")[:-3]


def _as_series(rows: Table | None) -> tuple[Series, ...]:
    if rows is None or not rows.rows:
        return ()
    values = tuple(float(row[-1]) for row in rows.rows if row[-1] is not None)
    return (Series(rows.columns[-1], tuple(float(n) for n in range(len(values))), values),)
