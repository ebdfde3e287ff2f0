"""Asks the embedded engine what a real ksqlDB server was asked, and compares the answers."""
