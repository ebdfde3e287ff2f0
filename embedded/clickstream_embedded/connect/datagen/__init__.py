"""DatagenConnector: records made at random, of published quickstarts or of an Avro schema of one's own."""
