"""The application: an operator console for ksqlDB pipelines, and the same from the command line."""

__version__ = "0.1.0"
