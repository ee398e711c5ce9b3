"""Measured figures: ratios against a peer in the same run, medians of several."""
