"""What is not a time series: packs seen, quarantine, events, amounts, locks, accounts."""

from collector.ledger.accounts import Token, User
from collector.ledger.adjustments import Adjustment
from collector.ledger.alarms import Acknowledgement, Alarm
from collector.ledger.amounts import Amount, Entry, standing
from collector.ledger.audit import AuditLine
from collector.ledger.book import Ledger
from collector.ledger.journal import Completeness, Intake, PlantEvent
from collector.ledger.links import Link
from collector.ledger.locks import Lock
from collector.ledger.notes import Note
from collector.ledger.quarantine import Aside
from collector.ledger.senders import Sender
from collector.ledger.sessions import Session

__all__ = [
    "Acknowledgement",
    "Adjustment",
    "Alarm",
    "Amount",
    "Aside",
    "AuditLine",
    "Completeness",
    "Entry",
    "Intake",
    "Ledger",
    "Link",
    "Lock",
    "Note",
    "PlantEvent",
    "Sender",
    "Session",
    "Token",
    "User",
    "standing",
]
