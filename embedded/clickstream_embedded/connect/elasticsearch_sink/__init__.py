"""ElasticsearchSinkConnector 10.0.2: records as documents, with at-least-once delivery and versions by offset."""
