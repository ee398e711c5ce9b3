"""Faults of meters and lines, as data: what they do, when, and where they were met."""
