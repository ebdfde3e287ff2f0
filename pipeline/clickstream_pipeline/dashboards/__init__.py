"""Grafana dashboards over Elasticsearch: read from their JSON, asked as Grafana asks, for whoever draws them."""

from __future__ import annotations

from pathlib import Path

OURS = Path(__file__).with_name("clickstream.json")
"""The dashboard that the console shows and gives to Grafana."""
