"""A file from which a stranger recomputes every number that was signed."""
