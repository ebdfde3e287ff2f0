"""ksqlDB's built-in functions. Importing the modules fills the registry."""
