"""The command line: `clickstream-tui [VERB]`."""
