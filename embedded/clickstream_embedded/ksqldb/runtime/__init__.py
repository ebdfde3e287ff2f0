"""What runs a persistent query: its topics, threads, state, checkpoints and results."""
