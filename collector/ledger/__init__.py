"""What is not a time series: packs seen, quarantine, events, amounts, locks, adjustments."""

from collector.ledger.adjustments import Adjustment
from collector.ledger.amounts import Amount, Entry
from collector.ledger.book import Ledger
from collector.ledger.journal import Aside, Completeness, Intake, PlantEvent, Sender
from collector.ledger.locks import Lock

__all__ = [
    "Adjustment",
    "Amount",
    "Aside",
    "Completeness",
    "Entry",
    "Intake",
    "Ledger",
    "Lock",
    "PlantEvent",
    "Sender",
]
