"""The panes of the home screen: each shows part of a Snapshot and turns keys into messages for the application."""
