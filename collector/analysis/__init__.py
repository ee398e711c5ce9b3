"""From arrays to consumption, expected use and verdicts: pure, no clock, no socket, no file."""
