"""Plans and refusals of ksqlDB's planner, one file a statement."""
