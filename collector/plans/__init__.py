"""The M&V plan: what its regression sees, its lock, and what it could prove."""
