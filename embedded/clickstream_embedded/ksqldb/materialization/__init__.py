"""What pull queries read: tables kept by queries."""
