"""Alarms of a plant: conditions judged from stored rows and ledger, kept in the ledger."""

from collector.alarms.conditions import KINDS, Condition
from collector.alarms.watch import Watch

__all__ = ["KINDS", "Condition", "Watch"]
