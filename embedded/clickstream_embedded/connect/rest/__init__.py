"""Kafka Connect's REST API, version 3.9."""
