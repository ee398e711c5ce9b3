"""What is not a time series: packs seen, quarantine, events, imported amounts, locked plans."""

from collector.ledger.amounts import Amount, Entry
from collector.ledger.book import Ledger
from collector.ledger.journal import Aside, Completeness, Intake, PlantEvent, Sender
from collector.ledger.locks import Lock

__all__ = [
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
