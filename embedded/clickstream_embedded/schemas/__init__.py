"""Schemas as a Schema Registry has them: its client, the three languages, and messages that name a schema by its id."""
