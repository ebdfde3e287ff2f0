"""The clickstream pipeline: its model, its clients, its stages, what is done to it and what is seen of it."""

import sys

# httpx would load its own command line with its colours, a tenth of a second of each start, which nothing here uses
sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType] - Python's own mark for "not there"
