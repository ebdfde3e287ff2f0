"""Queries as they run: records in and out, state, commits, processes."""
