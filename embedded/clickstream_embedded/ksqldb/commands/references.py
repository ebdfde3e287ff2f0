"""What still refers to a stream or table that is to be dropped, by ksqlDB's `MetaStoreImpl` and `EngineExecutor`."""

from __future__ import annotations

from collections.abc import Collection

from clickstream_embedded.ksqldb.commands.effects import QueryFacts
from clickstream_embedded.ksqldb.errors import KsqlError
from clickstream_embedded.ksqldb.metastore import DataSource, MetaStore
from clickstream_ksql import ast
from clickstream_ksql.parser import parse


def check_not_referred_to(source: DataSource, metastore: MetaStore, queries: Collection[QueryFacts]) -> None:
    """Raises KsqlError where INSERT queries use the source, or where sources were made of it.

    A source made of another refers to it for as long as it exists, whether its query runs or was terminated.
    """
    name = source.name
    own = {each.query_id for each in metastore.sources.values()}
    inserts = [query for query in queries if query.query_id not in own]
    reading = sorted(query.query_id for query in inserts if name in query.reads)
    writing = sorted(query.query_id for query in inserts if query.sink == name)
    if reading or writing:
        raise KsqlError(
            f"Cannot drop {name}.\nThe following queries read from this source: [{', '.join(reading)}].\n"
            f"The following queries write into this source: [{', '.join(writing)}].\n"
            f"You need to terminate them before dropping {name}."
        )
    made_of_it = sorted(
        each.name for each in metastore.sources.values() if each.name != name and name in _sources_of(each)
    )
    if made_of_it:
        raise KsqlError(
            f"Cannot drop {name}.\nThe following streams and/or tables read from this source: "
            f"[{', '.join(made_of_it)}].\nYou need to drop them before dropping {name}."
        )


def _sources_of(source: DataSource) -> set[str]:
    """The sources that a CREATE ... AS reads."""
    if source.query_id is None:
        return set()
    statement = parse(source.statement)[0].statement
    if not isinstance(statement, ast.CreateAs):
        return set()
    query = statement.query
    return {query.relation.name, *(join.relation.name for join in query.joins)}
