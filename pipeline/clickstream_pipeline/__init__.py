"""The clickstream pipeline: its model, its clients, its stages, what is done to it and what is seen of it."""
