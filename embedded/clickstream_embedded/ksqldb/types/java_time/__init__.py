"""Dates and times as Java reads and writes them: `java.time`, and the older calendar where ksqlDB still uses it."""
