"""What a running query is made of, each pushing batches of records on to the next."""
