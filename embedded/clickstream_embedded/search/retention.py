"""How many documents an index keeps: the oldest go first, so that a console left open does not fill the disk."""

from __future__ import annotations

from clickstream_embedded.search import totals
from clickstream_embedded.search.database import Database

MAX_DOCUMENTS = 300_000  # in one index
LOOK_EVERY = 5_000  # writes to an index


def keep_newest(database: Database, index: str) -> None:
    """Ends the documents of an index that are too many, those that were written first; whoever calls holds the lock.

    They are put in order only where there are too many, and then only as many as have to go: the order of a whole index
    takes SQLite two megabytes, which a heap does not give back once something lies above them, and a tenth of a second.
    """
    many = totals.documents(database, index) - MAX_DOCUMENTS
    if many > 0:
        database.run(
            "DELETE FROM docs WHERE seq IN (SELECT seq FROM docs WHERE idx = ? ORDER BY seq LIMIT ?)", (index, many)
        )
