"""Our servers beside the real ones: the same requests to both, and where the answers differ."""
