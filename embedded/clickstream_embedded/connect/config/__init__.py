"""What configurations may hold: definitions of settings, their validators, and the check of a connector's whole."""
