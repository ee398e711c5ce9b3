"""From readings to consumption per slot, and to performance."""
