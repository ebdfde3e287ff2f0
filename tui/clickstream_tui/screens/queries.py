"""ksqlDB's streams, tables and queries: what they are, how they do, and who depends on them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.binding import Binding

from clickstream_pipeline import lineage as flow
from clickstream_pipeline.model import Health, Query, Snapshot, Source
from clickstream_tui.panes.base import badge, health_kind
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_widgets.figures import count, rate
from clickstream_widgets.status_table import Row

if TYPE_CHECKING:
    from clickstream_pipeline.session import PipelineSession


class QueriesScreen(BrowseScreen):
    """Streams and tables with the query that writes each."""

    title_text = "Streams, tables and queries"
    columns = ("state", "name", "type", "lag", "rate", "query", "topic")
    priority = ("topic", "query", "rate", "type", "lag")
    stretch = "name"
    marks = True
    hint = "space marks, p and T act on all marked · o sorts · / filters · esc goes back"
    server = "ksqlDB"
    CHANGES = frozenset({"pause", "terminate", "drop"})
    BINDINGS: ClassVar[list[Any]] = [
        Binding("p", "pause", "Pause/resume", id="queries.pause",
                tooltip="Pause a running query (asks first), resume a paused one"),
        Binding("T", "terminate", "Terminate", id="queries.terminate", tooltip="End the query for good (asks first)"),
        Binding("D", "drop", "Drop", id="queries.drop", tooltip="Drop the stream or table (asks first); its topic stays"),
    ]  # fmt: skip

    def rows(self, snapshot: Snapshot) -> list[Row]:
        writers = {sink: query for query in snapshot.queries for sink in query.sinks}
        rows: list[Row] = []
        well = Health.OK.rank

        def trouble(source: Source) -> tuple[bool, int]:
            query = writers.get(source.name)
            return (True, well) if query is None else (query.state != "ERROR", min(query.health.rank, well))

        for source in sorted(snapshot.sources, key=trouble):  # what is broken comes first
            query = writers.get(source.name)
            kind = _kind(source)
            figures = (count(query.lag), rate(query.rate)) if query else ("", "")
            rows.append(
                (
                    source.name,
                    (_state(query), source.name, kind, *figures, query.query_id if query else "", source.topic),
                )
            )
        return rows

    def _writer(self, name: str) -> Query | None:
        return next((query for query in self.console.snapshot.queries if name in query.sinks), None)

    def _readers(self, name: str) -> list[str]:
        return [query.query_id for query in self.console.snapshot.queries if name in flow.reads(query)]

    async def detail(self, pipeline: PipelineSession, key: str) -> str:
        quoted = key.replace("`", "``")
        answer = (await pipeline.ksqldb.execute(f"DESCRIBE `{quoted}` EXTENDED;"))[0]["sourceDescription"]
        columns = [
            (field["name"], _type(field["schema"]) + (f"  {field['type']}" if field.get("type") else ""))
            for field in answer["fields"]
        ]
        facts = [
            ("topic", answer["topic"]), ("formats", f"{answer['keyFormat']} / {answer['valueFormat']}"),
            ("window", answer.get("windowType") or "none"), ("partitions", answer["partitions"]),
            ("read by", ", ".join(self._readers(key)) or "no query"),
        ]  # fmt: skip
        lines = [key, "", listing(columns), "", listing(facts), "", answer.get("statement") or ""]
        for summary in answer.get("queryOffsetSummaries") or ():
            lines += ["", f"consumer group {summary['groupId']}"]
            for topic in summary["topicSummaries"]:
                for place in topic["offsets"]:
                    lag = place["logEndOffset"] - place["consumerOffset"]
                    lines.append(
                        f"  {topic['kafkaTopic']}-{place['partition']}: at {place['consumerOffset']:,}, lag {lag:,}"
                    )
        numbers = [(entry["name"], f"{entry['value']:,.2f}") for entry in answer.get("clusterStatistics") or ()
                   if "name" in entry and "value" in entry]  # fmt: skip
        return "\n".join([*lines, *(["", listing(numbers)] if numbers else [])])

    def _chosen(self) -> dict[str, Query]:
        """The queries that something is done to, by what they write: of the marked rows, else of the one under the cursor."""
        found = {name: query for name in self.data.chosen if (query := self._writer(name)) is not None}
        if not found:
            self.note("No query writes this one.")
        return found

    def _control(self, verb: str, queries: dict[str, Query], question: str, *, loses: bool) -> None:
        names = [query.query_id for query in queries.values()]

        async def call() -> None:
            assert self.console.pipeline is not None
            for name in names:
                await self.console.pipeline.operations.statement(f"{verb} {name};", {})

        self.console.change(f"{verb.lower()} {', '.join(names)}", call, question=question, loses=loses, kind="query",
                            target=", ".join(names))  # fmt: skip
        self.data.unmark()

    def _depending(self, names: Collection[str]) -> str:
        readers = dict.fromkeys(reader for name in names for reader in self._readers(name))
        return f" These queries read it: {', '.join(readers)}." if readers else " No query reads it."

    def action_pause(self) -> None:
        """Pauses what runs of the chosen queries; resumes all of them where none does."""
        chosen = self._chosen()
        running = {name: query for name, query in chosen.items() if query.state != "PAUSED"}
        if chosen and not running:
            self._control("RESUME", chosen, "", loses=False)
        elif running:
            what = ", ".join(query.query_id for query in running.values())
            question = f"Pause {what}? {', '.join(running)} gets no more rows meanwhile.{self._depending(running)}"
            self._control("PAUSE", running, question, loses=False)

    def action_terminate(self) -> None:
        chosen = self._chosen()
        if chosen:
            what = ", ".join(query.query_id for query in chosen.values())
            question = f"End {what} for good? {', '.join(chosen)} gets no more rows.{self._depending(chosen)}"
            self._control("TERMINATE", chosen, question, loses=True)

    def action_drop(self) -> None:
        name, pipeline = self.selected, self.console.pipeline
        source = next((s for s in self.console.snapshot.sources if s.name == name), None)
        if pipeline is None or source is None:
            return
        readers = self._readers(source.name)
        if readers:
            self.note(f"These queries read {source.name}: {', '.join(readers)}. Terminate them first.")
            return
        quoted = source.name.replace("`", "``")

        async def call() -> None:
            await pipeline.operations.statement(f"DROP {source.kind} `{quoted}`;", {})

        question = f"Drop the {source.kind.lower()} {source.name}? Its query ends; the topic {source.topic} stays."
        self.console.change(f"drop {source.name}", call, question=question, yes=f"Drop {source.name}",
                            kind=source.kind.lower(), target=source.name)  # fmt: skip


def _state(query: Query | None) -> Text:
    """The state of the query that writes a stream or table; one that is declared over a topic has none."""
    if query is None:
        return Text("· declared", "dim")
    kind = {"RUNNING": "good", "PAUSED": "off", "ERROR": "bad"}.get(query.state, "waiting")
    return badge(health_kind(query.health, kind), query.state)


def _kind(source: Source) -> str:
    """What a source is, in few cells: a windowed one is a table but for those declared over a windowed topic."""
    kind = source.kind.lower()
    if not source.windowed:
        return kind
    return "windowed" if kind == "table" else f"windowed {kind}"


def _type(schema: dict[str, Any]) -> str:
    kind = schema["type"]
    if kind in ("ARRAY", "MAP") and schema.get("memberSchema"):
        return f"{kind}<{_type(schema['memberSchema'])}>"
    if kind == "STRUCT":
        return "STRUCT<" + ", ".join(f"{f['name']} {_type(f['schema'])}" for f in schema.get("fields") or ()) + ">"
    return str(kind)
