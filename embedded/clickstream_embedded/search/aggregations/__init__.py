"""Aggregations over the documents that a search found, in SQLite's GROUP BY."""
