"""What clients of the ksqlDB server see: REST, streams of rows, entities, inserts, PRINT, connectors."""
