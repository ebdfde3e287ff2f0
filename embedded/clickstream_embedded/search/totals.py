"""How many documents each index has, and how long they are, kept up with every write: who asks reads no documents.

Triggers of the connection keep them in the transaction of the write itself, so that no way of writing can forget them and what is
rolled back is not counted. They are not in the file, as whoever opens one reads each document's number anyway.
"""

from __future__ import annotations

from clickstream_embedded.search.database import Database

_ADDED = (
    "INSERT INTO totals VALUES (NEW.idx, 1, LENGTH(NEW.source)) "
    "ON CONFLICT (idx) DO UPDATE SET documents = documents + 1, length = length + excluded.length;"
)
_REMOVED = (
    "UPDATE totals SET documents = documents - 1, length = length - LENGTH(OLD.source) WHERE idx = OLD.idx; "
    "DELETE FROM totals WHERE idx = OLD.idx AND documents = 0;"  # an index that has ended leaves nothing behind
)
_STATEMENTS = (
    "PRAGMA recursive_triggers=ON",  # else what INSERT OR REPLACE takes away is not told
    "CREATE TEMP TABLE totals (idx TEXT PRIMARY KEY, documents INTEGER, length INTEGER) WITHOUT ROWID",
    f"CREATE TEMP TRIGGER added AFTER INSERT ON main.docs BEGIN {_ADDED} END",
    f"CREATE TEMP TRIGGER removed AFTER DELETE ON main.docs BEGIN {_REMOVED} END",
    f"CREATE TEMP TRIGGER changed AFTER UPDATE OF idx, source ON main.docs BEGIN {_REMOVED} {_ADDED} END",
)


def install(database: Database) -> dict[str, int]:
    """Counts all documents of a database that was just opened, and keeps the totals from now on.

    Args:
        database: with its table of documents; nobody else uses it yet.

    Returns:
        The greatest number of a write by index, which is found on the way.
    """
    for statement in _STATEMENTS:
        database.run(statement)
    newest: dict[str, int] = {}
    for index, number, *figures in database.rows(
        "SELECT idx, MAX(seq_no), COUNT(*), SUM(LENGTH(source)) FROM docs GROUP BY idx"
    ):
        newest[index] = number
        database.run("INSERT INTO totals VALUES (?, ?, ?)", (index, *figures))
    return newest


def by_index(database: Database) -> dict[str, tuple[int, int]]:
    """(documents, length of their sources) of the indices that have any."""
    return {name: (count, size) for name, count, size in database.rows("SELECT idx, documents, length FROM totals")}


def documents(database: Database, index: str) -> int:
    """How many documents an index has."""
    row = database.row("SELECT documents FROM totals WHERE idx = ?", (index,))
    return int(row[0]) if row else 0
