"""Buckets of other rows than those around them: nested objects, their documents, and samples of the best."""

from __future__ import annotations

from typing import Any

from clickstream_embedded.search.aggregations.found import Found, Keys, Level, Result
from clickstream_embedded.search.aggregations.terms import Children
from clickstream_embedded.search.aggregations.tree import Node
from clickstream_embedded.search.errors import ShardError


def run(found: Found, node: Node, level: Level, children: Children, numbers: list[int]) -> Result:
    """One bucket of other rows. Raises ShardError for a path that is not one of nested objects."""
    if node.kind == "nested":
        inner = _nested(found, node, level, numbers)
    elif node.kind == "reverse_nested":
        if level.alias == "found":
            raise ShardError("illegal_argument_exception", f"Reverse nested aggregation [{node.name}] can only be used inside a [nested] "
                             "aggregation")  # fmt: skip
        inner = _narrowed(found, level, "", "", distinct=True)
    else:
        inner = _sample(found, node, level)
    counts = found.rows(inner.statement("COUNT(*)"), len(inner.keys))
    below = children(inner)

    def result(keys: Keys) -> dict[str, Any]:
        rows = counts.get(keys)
        found.made()
        return below(keys, {"doc_count": rows[0][0] if rows else 0})

    return result


def check(found: Found, node: Node) -> bool:
    """Whether any index has the path of a nested aggregation. Raises ShardError where it is not one of nested objects."""
    path = str(node.spec["path"])
    known = [context.index.mapping.flat().get(path) for context, _ in found.contexts]
    if any(known) and not any(rule and rule.get("nested") for rule in known):
        raise ShardError("aggregation_execution_exception", f"[nested] nested path [{path}] is not nested", 500)
    return any(known)


def _nested(found: Found, node: Node, level: Level, numbers: list[int]) -> Level:
    path = str(node.spec["path"])
    if not check(found, node):  # of a field that no index has there is nothing
        return level.restricted("0")
    return found.nested(path, level, numbers)


def _narrowed(found: Found, level: Level, columns: str, tail: str, *, distinct: bool = False) -> Level:
    """The documents of a level as rows by themselves, each once for each combination of the keys around."""
    name = found.table()
    keys = [f"{key} AS k{place}" for place, key in enumerate(level.keys)]
    where = f" WHERE {' AND '.join(level.where)}" if level.where else ""
    chosen = ", ".join([*keys, "found.seq AS seq", *([columns] if columns else [])])
    rows = f"SELECT {'DISTINCT ' if distinct else ''}{chosen} FROM temp.found {' '.join(level.joins)}{where}"
    found.database.run(f"CREATE TEMP TABLE {name} AS SELECT * FROM ({rows}) {tail}")
    inner = Level().joined(f"JOIN temp.{name} AS {name} ON {name}.seq = found.seq")
    for place in range(len(level.keys)):
        inner = inner.under(f"{name}.k{place}")
    return inner


def _sample(found: Found, node: Node, level: Level) -> Level:
    """The best documents of each group; of a diversified sample only so many with the same value."""
    size = int(node.spec.get("shard_size", 100))
    groups = ", ".join(f"k{place}" for place in range(len(level.keys)))
    partition = f"PARTITION BY {groups} " if groups else ""
    columns = "found.score AS score"
    rank = f"ROW_NUMBER() OVER ({partition}ORDER BY score DESC, seq) AS place"
    if node.kind == "sampler":
        return _narrowed(found, level, f"{columns}", f"WHERE seq IN (SELECT seq FROM (SELECT seq, {rank} FROM ({_inner(level)})) "
                         f"WHERE place <= {size})" if not groups else "")  # fmt: skip
    column = found.column(str(node.spec["field"]), level)
    most = int(node.spec.get("max_docs_per_value", 1))
    same = f"ROW_NUMBER() OVER (PARTITION BY value{', ' + groups if groups else ''} ORDER BY score DESC, seq) AS same"
    value = f"COALESCE({column.sql}, 'none' || found.seq) AS value"
    return _narrowed(found, level, f"{columns}, {value}", f"WHERE seq IN (SELECT seq FROM (SELECT seq, {rank.replace(' AS place', '')} AS "
                     f"place FROM (SELECT *, {same} FROM ({_inner(level, value)})) WHERE same <= {most}) WHERE place <= {size})")  # fmt: skip


def _inner(level: Level, more: str = "") -> str:
    keys = [f"{key} AS k{place}" for place, key in enumerate(level.keys)]
    where = f" WHERE {' AND '.join(level.where)}" if level.where else ""
    chosen = ", ".join([*keys, "found.seq AS seq", "found.score AS score", *([more] if more else [])])
    return f"SELECT {chosen} FROM temp.found {' '.join(level.joins)}{where}"
