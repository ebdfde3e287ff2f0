"""`python -m tests.conformance [--cases DIR] [--area NAME] [--id ID] [-v]`: prints one JSON object as its last line."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from clickstream_embedded.ksqldb.errors import InvalidTimestamp, KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource
from clickstream_ksql.errors import KsqlSyntaxError
from clickstream_ksql.parser import parse
from tests.conformance import rest_cases
from tests.conformance.compare import record_matches
from tests.conformance.offline import OfflineEngine, Produced, input_message, run_query, run_statements

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "cases"


def run_case(case: dict[str, Any], data: Path) -> str:
    """Why the case fails, "" where it passes."""
    engine = OfflineEngine(data)
    try:
        if case["suite"] == "qtt":
            return _qtt(case, engine)
        _declare_topics(case, engine)
        return rest_cases.run(case, engine)
    finally:
        engine.close()


def _declare_topics(case: dict[str, Any], engine: OfflineEngine) -> None:
    for topic in case["topics"]:
        engine.topics.create_topic(topic["name"], topic.get("partitions") or 4, {})
    with contextlib.suppress(KsqlSyntaxError):
        for parsed in parse("\n".join(case["statements"])):
            if not hasattr(parsed.statement, "elements"):
                continue
            elements: Any = parsed.statement
            given = {name.upper(): value.value for name, value in elements.properties}
            if "KAFKA_TOPIC" in given:
                engine.topics.create_topic(str(given["KAFKA_TOPIC"]), given.get("PARTITIONS", 4), {})
    for record in [*(case["inputs"] or []), *(case["outputs"] or [])]:
        engine.topics.create_topic(record["topic"], 4, {})


def _qtt(case: dict[str, Any], engine: OfflineEngine) -> str:
    _declare_topics(case, engine)
    expected = case["expect_error"]
    total = len(case["statements"])
    try:
        run_statements(engine, case["statements"], dict(case["properties"]))
    except (KsqlError, KsqlSyntaxError) as error:
        if expected is None:
            return f"refused: {error}"
        return _check_error(expected, str(getattr(error, "message", error)), getattr(error, "done", 0), total)
    if expected is not None and not case["inputs"]:
        return f"not refused; expected: {expected['message'][:200]}"
    try:
        produced = _run_queries(case, engine)
    except InvalidTimestamp as error:
        return "" if expected and expected["message"] in error.message else f"failed: {error}"
    if expected is not None:
        return f"no failure while processing; expected: {expected['message'][:200]}"
    return _check_outputs(case, produced) or _check_post(case, engine)


def _check_error(expected: dict[str, Any], message: str, done: int, total: int) -> str:
    if expected["message"].strip() in message or expected["message"].split("\nStatement:")[0].strip() in message:
        return ""
    return f"message {expected['message'][:200]!r} not in {message[:200]!r}"


def _run_queries(case: dict[str, Any], engine: OfflineEngine) -> dict[str, list[Produced]]:
    by_topic: dict[str, DataSource] = {}
    for source in engine.metastore.sources.values():
        by_topic.setdefault(source.topic, source)
    inputs = [(r["topic"], input_message(r, by_topic.get(r["topic"]))) for r in case["inputs"]]
    listed = {topic for topic, _ in inputs}
    produced: dict[str, list[Produced]] = {}
    for query in engine.planned:
        topics = {side.source.topic for side, _ in query.topology.inputs}
        topic_readers = [(topic, message) for topic, message in inputs if topic in topics]
        for topic in sorted(topics - listed):
            topic_readers += [(topic, message) for message in engine.topics.logs.get(topic, [])]
        results = run_query(engine, query, topic_readers)
        if query.sink.read_only:
            continue
        produced.setdefault(query.sink.topic, []).extend(results)
        engine.topics.logs.setdefault(query.sink.topic, []).extend(r.message for r in results)
    return produced


def _check_outputs(case: dict[str, Any], produced: dict[str, list[Produced]]) -> str:
    wanted: dict[str, list[dict[str, Any]]] = {}
    for record in case["outputs"]:
        wanted.setdefault(record["topic"], []).append(record)
    inputs = Counter(record["topic"] for record in case["inputs"])
    for topic, records in wanted.items():
        if topic in inputs and topic not in produced:
            continue
        records = records[inputs.get(topic, 0) :]
        actual = produced.get(topic, [])
        for number, (expected, found) in enumerate(zip(records, actual, strict=False)):
            reason = record_matches(expected, found, any_zero_time=not case["inputs"])
            if reason:
                return f"{topic} record {number}: {reason}"
        if len(records) != len(actual):
            shown = [(p.key, p.value) for p in actual][:4]
            return f"{topic}: {len(records)} records expected, {len(actual)} written: {shown}"
    return ""


def _check_post(case: dict[str, Any], engine: OfflineEngine) -> str:
    for wanted in (case["post"] or {}).get("sources", []):
        source = engine.metastore.sources.get(wanted["name"])
        if source is None:
            return f"source {wanted['name']} does not exist"
        if source.kind.lower() != wanted["type"]:
            return f"source {wanted['name']} is a {source.kind}"
        schema = wanted.get("schema")
        if schema and _columns(schema) != [
            (c.name, str(c.type), source.schema.is_key(c.name)) for c in source.schema.columns
        ]:
            return f"schema of {wanted['name']}: {schema} != {source.schema.text()}"
    return ""


def _columns(text: str) -> list[tuple[str, str, bool]]:
    from clickstream_embedded.ksqldb.types.sql_types import resolve
    from clickstream_ksql import ast

    statement = parse(f"CREATE STREAM X ({text});")[0].statement
    assert isinstance(statement, ast.CreateSource)
    columns = [(e.name, str(resolve(e.type, {})), e.constraint in ("KEY", "PRIMARY KEY")) for e in statement.elements]
    return [c for c in columns if c[2]] + [c for c in columns if not c[2]]


def _kind(reason: str) -> str:
    """What a failure is an instance of, in a few words."""
    kinds = {
        "crashed": "a defect: the failure is not a ksqlDB error", "not refused": "accepted where ksqlDB refuses",
        "no failure": "accepted where ksqlDB refuses", "message": "refused, in other words",
        "refused": "refused where ksqlDB accepts", "answer": "other rows, or another header",
        "schema": "another schema",
    }  # fmt: skip
    known = next((text for start, text in kinds.items() if reason.startswith(start)), None)
    return known or ("more or fewer records" if "records expected" in reason else "another key or value")


def _document(
    passed: int, failed: int, areas: dict[str, Counter[str]], failures: dict[str, dict[str, list[str]]]
) -> str:
    """The list of failing cases in Markdown."""
    lines = [
        "# ksqlDB compatibility", "",
        "`python -m tests.conformance --cases DIR` runs ksqlDB's own test cases, where they are at hand, against the engine",
        "(planner, formats and operators, without Kafka); `--document FILE` writes this page.", "",
        f"Of {passed + failed} cases {passed} pass ({100 * passed / (passed + failed):.1f} %). A case that must fail counts as",
        "passed when it fails with ksqlDB's message. What fails, by area and kind:",
    ]  # fmt: skip
    for area, kinds in sorted(failures.items()):
        counts = areas[area]
        lines += ["", f"## {area} ({counts['passed']} of {counts['passed'] + counts['failed']} pass)", ""]
        lines += [f"- {kind}: {', '.join(f'`{each}`' for each in sorted(ids))}" for kind, ids in sorted(kinds.items())]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=Path, default=DEFAULT)
    parser.add_argument("--area")
    parser.add_argument("--id")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("--document", type=Path, help="write the list of failing cases there")
    options = parser.parse_args()
    if not options.cases.is_dir():
        print(f"There are no cases at {options.cases}.", file=sys.stderr)
        return 1
    areas: dict[str, Counter[str]] = {}
    failures: dict[str, dict[str, list[str]]] = {}
    for path in sorted(options.cases.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            case = json.loads(line, parse_float=Decimal)
            if (options.area and case["area"] != options.area) or (options.id and case["id"] != options.id):
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    reason = run_case(case, Path(folder))
                except Exception as error:
                    if options.id:
                        raise
                    reason = f"crashed: {type(error).__name__}: {error}"
            areas.setdefault(case["area"], Counter())["failed" if reason else "passed"] += 1
            if reason:
                failures.setdefault(case["area"], {}).setdefault(_kind(reason), []).append(case["id"])
            if reason and options.v:
                print(f"{case['id']} [{case['area']}]: {reason}")
    passed = sum(counts["passed"] for counts in areas.values())
    failed = sum(counts["failed"] for counts in areas.values())
    if options.document:
        options.document.write_text(_document(passed, failed, areas, failures), "utf-8")
    print(json.dumps({"passed": passed, "failed": failed, "by_area": {a: dict(c) for a, c in areas.items()}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
