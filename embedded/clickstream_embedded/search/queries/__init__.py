"""Elasticsearch's query DSL as SQL conditions over the values of documents."""
