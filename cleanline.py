"""The command line: one thin front door."""
