"""The ksqlDB language: grammar, statements as data, splitting, classification, sessions, completion, formatting."""
