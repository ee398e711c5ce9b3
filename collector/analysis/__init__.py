"""From arrays to consumption, expected use, savings and verdicts: pure functions, no clock, no socket, no file."""
