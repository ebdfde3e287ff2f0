"""Answers of /ksql as tables and lines, laid out as ksqlDB's own command line prints them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Text as it is, line by line."""

    text: str


Block = Table | Lines


def lay_out(entity: Json) -> tuple[Block, ...]:
    """The blocks of an answer; one of a kind that is not known is shown by its fields."""
    made = _LAYOUTS.get(str(entity.get("@type")))
    blocks = made(entity) if made is not None else _by_fields(entity)
    warnings = [str(each.get("message", each)) for each in entity.get("warnings") or ()]
    return (*blocks, *([Lines("\n".join(f"WARNING: {each}" for each in warnings))] if warnings else []))


def one_line(text: str) -> str:
    """A statement on one line, as the command line shows it in lists."""
    return " ".join(text.split())


def _status(entity: Json) -> tuple[Block, ...]:
    return (Lines(str(entity["commandStatus"]["message"])),)


def _sources(name: str, field: str) -> Callable[[Json], tuple[Block, ...]]:
    def made(entity: Json) -> tuple[Block, ...]:
        columns = (f"{name} Name", "Kafka Topic", "Key Format", "Value Format", "Windowed")
        rows = tuple(
            (e["name"], e["topic"], e.get("keyFormat", ""), e.get("valueFormat", e.get("format", "")), bool(e.get("isWindowed")))
            for e in entity[field]
        )  # fmt: skip
        return (Table(columns, rows),)

    return made


def _states(counts: Any) -> str:
    """`RUNNING:1` of the numbers of hosts by state."""
    return ",".join(f"{state}:{count}" for state, count in dict(counts or {}).items())


def _queries(entity: Json) -> tuple[Block, ...]:
    columns = ("Query ID", "Query Type", "Status", "Sink Name", "Sink Kafka Topic", "Query String")
    rows = tuple(
        (q["id"], q.get("queryType", ""), _states(q.get("statusCount")) or q.get("state", ""), ",".join(q.get("sinks", ())),
         ",".join(q.get("sinkKafkaTopics", ())), one_line(q.get("queryString", "")))
        for q in entity["queries"]
    )  # fmt: skip
    return Table(columns, rows), Lines("For detailed information on a Query run: EXPLAIN <Query ID>;")


def _topics(entity: Json) -> tuple[Block, ...]:
    rows = tuple(
        (t["name"], len(t["replicaInfo"]), ", ".join(sorted({str(count) for count in t["replicaInfo"]})))
        for t in entity["topics"]
    )
    return (Table(("Kafka Topic", "Partitions", "Partition Replicas"), rows),)


def _connectors(entity: Json) -> tuple[Block, ...]:
    rows = tuple(
        (c["name"], c.get("type", ""), c.get("className", ""), c.get("state", "")) for c in entity["connectors"]
    )
    return (Table(("Connector Name", "Type", "Class", "Status"), rows),)


def _properties(entity: Json) -> tuple[Block, ...]:
    overwritten = set(entity.get("overwrittenProperties") or ())
    rows = tuple(
        (p["name"], p.get("scope", ""), p["name"] in overwritten, p.get("value"))
        if isinstance(p, dict)
        else (p, "", p in overwritten, entity["properties"][p])
        for p in entity["properties"]
    )
    return (Table(("Property", "Scope", "Default override", "Effective Value"), rows),)


def _functions(entity: Json) -> tuple[Block, ...]:
    rows = tuple((f["name"], f.get("category", "")) for f in entity["functions"])
    return (
        Table(("Function Name", "Category"), rows),
        Lines("For detailed information about a function, run: DESCRIBE FUNCTION <Function Name>;"),
    )


def _function(entity: Json) -> tuple[Block, ...]:
    lines = [f"{'Name':<12}: {entity['name']}"]
    for label, field in (("Author", "author"), ("Version", "version"), ("Overview", "description"), ("Type", "type"),
                         ("Jar", "path")):  # fmt: skip
        if entity.get(field):
            lines.append(f"{label:<12}: {entity[field]}")
    lines += [f"{'Variations':<12}:", ""]
    for each in entity.get("functions", ()):
        given = ", ".join(f"{a.get('name') or ''} {a.get('type')}".strip() + ("[]" if a.get("isVariadic") else "")
                          for a in each.get("argumentTypes", ()) if isinstance(a, dict))  # fmt: skip
        given = given or ", ".join(f"{a['name']} {a['type']}".strip() for a in each.get("arguments", ()))
        lines += [f"\t{'Variation':<12}: {entity['name']}({given})", f"\t{'Returns':<12}: {each.get('returnType', '')}"]
        if each.get("description"):
            lines.append(f"\t{'Description':<12}: {each['description']}")
    return (Lines("\n".join(lines)),)


def schema_text(schema: Json) -> str:
    """A type as the command line writes it: `VARCHAR(STRING)`, `ARRAY<BIGINT>`."""
    kind, member = schema.get("type", ""), schema.get("memberSchema")
    if kind == "STRING":
        return "VARCHAR(STRING)"
    if kind == "DECIMAL":
        parameters = schema.get("parameters") or {}
        return f"DECIMAL({parameters.get('precision', '')}, {parameters.get('scale', '')})"
    if kind == "ARRAY":
        return f"ARRAY<{schema_text(member or {})}>"
    if kind == "MAP":
        return f"MAP<STRING, {schema_text(member or {})}>"
    if kind == "STRUCT":
        inner = ", ".join(f"{each['name']} {schema_text(each['schema'])}" for each in schema.get("fields") or ())
        return f"STRUCT<{inner}>"
    return str(kind)


def _fields(fields: Any) -> Table:
    def kind(field: Json) -> str:
        text = schema_text(field["schema"])
        mark = {"KEY": "(key)", "HEADER": f"(header{'s' if not field.get('headerKey') else ''})"}.get(
            field.get("type", "")
        )
        return f"{text} {mark}" if mark else text

    return Table(("Field", "Type"), tuple((field["name"], kind(field)) for field in fields))


def _source(entity: Json) -> tuple[Block, ...]:
    found = entity["sourceDescription"]
    fields = [dict(each) for each in found["fields"]]
    for each in fields:  # a table's key is its primary key
        if each.get("type") == "KEY" and found.get("type") == "TABLE":
            each["type"] = "PRIMARY"
    table = _fields(fields)
    if found.get("type") == "TABLE":
        rows = tuple(
            (name, f"{kind} (primary key)" if each.get("type") == "PRIMARY" else kind)
            for (name, kind), each in zip(table.rows, fields, strict=True)
        )
        table = Table(table.columns, rows)
    if not found.get("extended"):
        end = "For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;"
        return Lines(f"{'Name':<21}: {found['name']}"), table, Lines(end)
    spread = f"(partitions: {found.get('partitions', 0)}, replication: {found.get('replication', 0)})"
    head = [
        f"{'Name':<21}: {found['name']}", f"{'Type':<21}: {found.get('type', '')}",
        f"{'Timestamp field':<21}: {found.get('timestamp') or 'Not set - using <ROWTIME>'}",
        f"{'Key format':<21}: {found.get('keyFormat', '')}", f"{'Value format':<21}: {found.get('valueFormat', '')}",
        f"{'Kafka topic':<21}: {found.get('topic', '')} {spread}",
        f"{'Statement':<21}: {found.get('statement', '')}",
    ]  # fmt: skip
    blocks: list[Block] = [Lines("\n".join(head)), table]
    for title, field in (
        ("Queries that read from this", "readQueries"),
        ("Queries that write from this", "writeQueries"),
    ):
        if found.get(field):
            lines = [f"{q['id']} ({q.get('state') or _states(q.get('statusCount'))}) : {one_line(q.get('queryString', ''))}"
                     for q in found[field]]  # fmt: skip
            blocks.append(Lines("\n".join([title, "-" * 35, *lines])))
    for title, field in (("Local runtime statistics", "statistics"), ("Errors", "errorStats")):
        if found.get(field):
            blocks.append(Lines(f"{title}\n{'-' * 24}\n{found[field]}"))
    return tuple(blocks)


def _query(entity: Json) -> tuple[Block, ...]:
    found = entity["queryDescription"]
    head = [f"{'ID':<21}: {found.get('id', '')}"]
    if found.get("queryType"):
        head.append(f"{'Query Type':<21}: {found['queryType']}")
    head.append(f"{'SQL':<21}: {found.get('statementText', '')}")
    if found.get("ksqlHostQueryStatus"):
        head.append(f"{'Host Query Status':<21}: {found['ksqlHostQueryStatus']}")
    blocks: list[Block] = [Lines("\n".join(head)), _fields(found.get("fields", ()))]
    for title, field in (
        ("Sources that this query reads from:", "sources"),
        ("Sinks that this query writes to:", "sinks"),
    ):
        if found.get(field):
            blocks.append(Lines("\n".join([title, "-" * 35, *found[field]])))
    for title, field in (("Execution plan", "executionPlan"), ("Processing topology", "topology")):
        if found.get(field):
            blocks.append(Lines(f"{title}\n{'-' * 19}\n{found[field]}"))
    if found.get("queryErrors"):
        rows = tuple((e.get("timestamp"), e.get("type"), e.get("errorMessage")) for e in found["queryErrors"])
        blocks.append(Table(("Error Date", "Type", "Details"), rows))
    return tuple(blocks)


def _connector(entity: Json) -> tuple[Block, ...]:
    status = entity.get("status") or {}
    state = status.get("connector") or {}
    head = [
        f"{'Name':<21}: {status.get('name', '')}", f"{'Class':<21}: {entity.get('connectorClass', '')}",
        f"{'Type':<21}: {status.get('type', '')}", f"{'State':<21}: {state.get('state', '')}",
        f"{'WorkerId':<21}: {state.get('worker_id', state.get('workerId', ''))}",
    ]  # fmt: skip
    if state.get("trace"):
        head.append(f"{'Trace':<21}: {state['trace']}")
    blocks: list[Block] = [Lines("\n".join(head))]
    tasks = tuple((t["id"], t["state"], t.get("trace") or "") for t in status.get("tasks", ()))
    if tasks:
        blocks.append(Table(("Task ID", "State", "Error Trace"), tasks))
    for title, column, field in (("KSQL Source Name", "Type", "sources"),):
        if entity.get(field):
            rows = tuple((s["name"], s.get("type", "")) for s in entity[field])
            blocks.append(Table((title, column), rows))
    if entity.get("topics"):
        blocks.append(Table(("Related Topics",), tuple((topic,) for topic in entity["topics"])))
    return tuple(blocks)


def _by_fields(entity: Json) -> tuple[Block, ...]:
    listed = next((v for v in entity.values() if isinstance(v, list) and v and isinstance(v[0], dict)), None)
    if listed is not None:
        columns = tuple(listed[0])
        return (Table(columns, tuple(tuple(row.get(column) for column in columns) for row in listed)),)
    rest = {key: value for key, value in entity.items() if key not in ("@type", "statementText", "warnings")}
    message = rest.pop("message", None) if set(rest) <= {"message", "success"} else None
    if message is not None:
        return (Lines(str(message)),)
    return (Table(("Name", "Value"), tuple(rest.items())),)


_LAYOUTS: dict[str, Callable[[Json], tuple[Block, ...]]] = {
    "currentStatus": _status, "streams": _sources("Stream", "streams"), "tables": _sources("Table", "tables"),
    "queries": _queries, "kafka_topics": _topics, "connector_list": _connectors, "properties": _properties,
    "function_names": _functions, "describe_function": _function, "sourceDescription": _source,
    "queryDescription": _query, "connector_description": _connector,
}  # fmt: skip
