"""Pull queries: what they may ask, and their answers."""
