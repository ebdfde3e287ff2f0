"""One command a benchmark; each prints one JSON object as its last line."""
