"""Expressions, asked of the engine within this process: what the planner says of them and what the operators make."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.api.entities import type_schema
from clickstream_embedded.ksqldb.api.streaming import RowWriter
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.planning.analysis import analyze
from clickstream_embedded.ksqldb.planning.planner import plan
from clickstream_embedded.ksqldb.runtime.codec import Codec
from clickstream_embedded.ksqldb.runtime.columns import Columns
from clickstream_ksql import ast
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse
from tests.conformance.offline import OfflineEngine, run_statements
from tests.probes.verdict import Probe, Verdict, compare, same

_CHECKS = {"accepted": lambda a, b: a is b, "type": lambda a, b: a == b, "values": same}


class Expressions:
    """The streams of `setup.json` and their records, and what expressions over them come to."""

    def __init__(self, setup: dict[str, Any], data: Path) -> None:
        self._engine = OfflineEngine(data)
        run_statements(self._engine, setup["streams"], {})
        self._records = setup["records"]

    def close(self) -> None:
        self._engine.close()

    def ask(self, probe: Probe) -> Verdict:
        try:
            answer = self._answer(probe["expression"])
        except (KsqlError, KsqlSyntaxError) as error:
            answer = {"accepted": False, "message": getattr(error, "message", str(error))}
        verdict = compare(probe, answer, _CHECKS)
        if verdict.failed.get("accepted"):
            said = str(probe.get("message") or answer.get("message"))[:200]
            return Verdict(("accepted",), {"accepted": f"{'accepted' if answer['accepted'] else 'refused'}: {said}"})
        return verdict

    def _answer(self, expression: str) -> dict[str, Any]:
        statement = parse(f"SELECT K, {expression} AS C FROM V EMIT CHANGES;")[0].statement
        assert isinstance(statement, ast.QueryStatement)
        analysis = analyze(statement.query, self._engine.metastore, transient=True)
        topology = plan(analysis, transient=True, cached=False, on_error=lambda *_: None)
        [(side, node)] = topology.inputs
        records = self._records[side.source.topic]
        values: list[Any] = [None if r["value"] is None else json.dumps(r["value"]).encode() for r in records]
        keys: list[Any] = [struct.pack(">i", r["key"]) for r in records]
        messages = Columns(
            keys, values, [r["timestamp"] for r in records], [0] * len(records), [*range(len(records))], None
        )
        node.process(Codec(side.source).records(messages, side.wanted).records)
        writer = RowWriter(list(topology.columns))
        rows = [json.loads(writer.write(row)) for _, row, *_ in topology.output.take() if row is not None]
        place = next(number for number, column in enumerate(topology.columns) if column.name == "C")
        values = [row[place] for row in rows[: len(self._records[side.source.topic])]]  # the query's LIMIT
        return {"accepted": True, "type": type_schema(topology.columns[place].type), "values": values}
