"""Grafana dashboards over Elasticsearch: read from their JSON, asked as Grafana asks, for whoever draws them."""
