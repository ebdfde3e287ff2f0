"""SQL types, schemas, casts, and Java's rules for numbers and texts."""
