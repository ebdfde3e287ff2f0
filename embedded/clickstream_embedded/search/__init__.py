"""A search server: the part of Elasticsearch 7 that templates, sinks and dashboards use, over SQLite."""
