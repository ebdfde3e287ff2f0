"""Statements as commands."""
