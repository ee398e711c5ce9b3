"""Copies of store, ledger and packs, and the way back."""
