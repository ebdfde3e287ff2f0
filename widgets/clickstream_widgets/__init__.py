"""Reusable views: pure, without I/O, knowing nothing of Kafka."""
