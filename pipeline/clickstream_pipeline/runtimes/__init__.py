"""Where the services of a profile run: embedded processes, containers, or elsewhere."""
