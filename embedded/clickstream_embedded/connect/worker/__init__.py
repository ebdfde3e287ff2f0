"""The worker: its connectors and their tasks, what the broker keeps of them, and what requests do to them."""
