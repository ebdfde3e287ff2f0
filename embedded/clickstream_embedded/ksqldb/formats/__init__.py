"""How keys and values of records become column values and back."""
