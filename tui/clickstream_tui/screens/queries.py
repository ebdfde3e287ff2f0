"""ksqlDB's streams, tables and queries: what they are, how they do, and who depends on them."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding

from clickstream_pipeline import lineage as flow
from clickstream_pipeline.model import Query, Snapshot
from clickstream_pipeline.session import PipelineSession
from clickstream_tui.screens.browse import BrowseScreen, listing
from clickstream_widgets.status_table import Row


class QueriesScreen(BrowseScreen):
    """Streams and tables with the query that writes each."""

    title_text = "Streams, tables and queries"
    columns = ("name", "type", "query", "state", "topic")
    hint = "p pauses or resumes · T terminates the query · D drops · esc goes back"
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
        for source in snapshot.sources:
            query = writers.get(source.name)
            kind = source.kind.lower() + (", windowed" if source.windowed else "")
            rows.append(
                (source.name, (source.name, kind, query.query_id if query else "", query.state if query else "", source.topic))
            )  # fmt: skip
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

    def _query(self) -> tuple[str, Query] | None:
        name = self.selected
        query = self._writer(name) if name else None
        if name is None or query is None:
            self.note("No query writes this one.")
            return None
        return name, query

    def _control(self, verb: str, query: Query, question: str, *, loses: bool) -> None:
        async def call() -> None:
            assert self.console.pipeline is not None
            await self.console.pipeline.operations.statement(f"{verb} {query.query_id};", {})

        self.console.change(f"{verb.lower()} {query.query_id}", call, question=question, loses=loses, kind="query",
                            target=query.query_id)  # fmt: skip

    def _depending(self, name: str) -> str:
        readers = self._readers(name)
        return f" These queries read it: {', '.join(readers)}." if readers else " No query reads it."

    def action_pause(self) -> None:
        found = self._query()
        if found is None:
            return
        name, query = found
        if query.state == "PAUSED":
            self._control("RESUME", query, "", loses=False)
        else:
            question = f"Pause {query.query_id}? {name} gets no more rows meanwhile.{self._depending(name)}"
            self._control("PAUSE", query, question, loses=False)

    def action_terminate(self) -> None:
        found = self._query()
        if found is not None:
            name, query = found
            question = f"End {query.query_id} for good? {name} gets no more rows.{self._depending(name)}"
            self._control("TERMINATE", query, question, loses=True)

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


def _type(schema: dict[str, Any]) -> str:
    kind = schema["type"]
    if kind in ("ARRAY", "MAP") and schema.get("memberSchema"):
        return f"{kind}<{_type(schema['memberSchema'])}>"
    if kind == "STRUCT":
        return "STRUCT<" + ", ".join(f"{f['name']} {_type(f['schema'])}" for f in schema.get("fields") or ()) + ">"
    return str(kind)
