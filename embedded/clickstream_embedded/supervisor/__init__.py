"""Starts, watches and ends the embedded servers."""
