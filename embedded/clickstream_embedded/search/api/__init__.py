"""The REST API, in the shapes of Elasticsearch 6.3 or 7.5: its endpoints by concern, and what each takes."""
