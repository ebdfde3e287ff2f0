"""From a statement to a topology: names, types, expressions, operators."""
