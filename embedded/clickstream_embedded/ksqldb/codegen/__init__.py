"""Expressions compiled to Python functions, one record or one batch at a time."""
