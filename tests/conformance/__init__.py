"""Runs ksqlDB's own test cases, where they are at hand, against the embedded engine."""
