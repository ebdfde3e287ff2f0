"""What the statements of the search call that SQLite does not have."""

from __future__ import annotations

import json
import math

from clickstream_embedded.search import kinds
from clickstream_embedded.search.aggregations.histograms import date_floor
from clickstream_embedded.search.aggregations.metrics import Collected
from clickstream_embedded.search.aggregations.places import cell, coordinate
from clickstream_embedded.search.database import Database
from clickstream_embedded.search.queries import positions
from clickstream_embedded.search.queries.matching import like, near
from clickstream_embedded.search.queries.places import within_box, within_polygon
from clickstream_embedded.search.queries.regular import fits
from clickstream_embedded.search.queries.scoring import decayed, modified
from clickstream_embedded.search.queries.texts import has_phrase

_K1, _B = 1.2, 0.75  # of BM25, as Lucene has them


def bm25_of(often: float, length: float | None, idf: float, mean: float) -> float:
    """The score of a term that is so often in a field of that many terms."""
    norm = _K1 * (1 - _B + _B * _length(int(length or 1)) / mean)
    return idf * (_K1 + 1) * often / (often + norm)


def _length(terms: int) -> int:
    """A length as Lucene keeps it in a byte: exact to 40, then with four bits (SmallFloat.intToByte4)."""
    if terms < 40:
        return terms
    rest = terms - 24
    bits = rest.bit_length()
    shift = bits - 4
    return terms if shift <= 0 else ((rest >> shift) << shift) + 24


def bm25(tokens: str | None, term: str, idf: float, mean: float) -> float:
    """The score of a term in a field's terms, a JSON array."""
    if tokens is None:
        return 0.0
    there = json.loads(tokens) if tokens.startswith("[") else [tokens]
    return bm25_of(there.count(term), len(there), idf, mean)


def floor_div(value: float | None, width: float) -> int | None:
    return None if value is None else math.floor(value / width)


def install(database: Database) -> None:
    """Makes them known to a database."""
    database.function("like_pattern", 2, like)
    database.function("fits_regular", 3, fits)
    database.function("near_word", 5, near)
    database.function("decayed", 6, decayed)
    database.function("modified", 2, modified)
    database.function("has_phrase", 4, has_phrase)
    database.function("bm25", 4, bm25)
    database.function("bm25_of", 4, bm25_of)
    database.function("date_floor", 2, date_floor)
    database.function("floor_div", 2, floor_div)
    database.function("away", 3, kinds.away)
    database.function("cell", 3, cell)
    database.function("coordinate", 2, coordinate)
    database.function("span_weight", 3, positions.weight)
    database.function("meets", 4, kinds.meets)
    database.function("within_box", 5, within_box)
    database.function("within_polygon", 2, within_polygon)
    database.aggregate("collected", 1, Collected)
