"""The ledger as a whole: one SQLite file, one class for each group of tables."""

from __future__ import annotations

from pathlib import Path

from collector.database import Database
from collector.ledger.accounts import Accounts
from collector.ledger.adjustments import Adjustments
from collector.ledger.alarms import Alarms
from collector.ledger.amounts import Amounts
from collector.ledger.audit import Audit
from collector.ledger.derivation import Derivation
from collector.ledger.journal import Journal
from collector.ledger.links import Links
from collector.ledger.locks import Locks
from collector.ledger.notes import Notes
from collector.ledger.outboxes import Outboxes
from collector.ledger.schema import MIGRATIONS
from collector.ledger.sessions import Sessions

LEDGER_FILE = "ledger.sqlite"


class Ledger:
    """The ledger in a data folder; several processes may hold it open."""

    def __init__(self, data: Path) -> None:
        self.folder = data
        self._database = Database(data / LEDGER_FILE, MIGRATIONS, mark=b"ClLe")
        self.journal = Journal(self._database)
        self.links = Links(self._database)
        self.outboxes = Outboxes(self._database)
        self.derivation = Derivation(self._database)
        self.amounts = Amounts(self._database)
        self.locks = Locks(self._database)
        self.adjustments = Adjustments(self._database)
        self.accounts = Accounts(self._database)
        self.sessions = Sessions(self._database)
        self.audit = Audit(self._database)
        self.alarms = Alarms(self._database)
        self.notes = Notes(self._database)

    def revision(self, plant: str) -> tuple[int, int, int]:
        """What grows when amounts are entered, plans are locked and adjustments are made."""
        query = (
            "SELECT (SELECT coalesce(max(id), 0) FROM amounts WHERE plant = ?), "
            "(SELECT coalesce(max(id), 0) FROM locks WHERE plant = ?), "
            "(SELECT coalesce(max(id), 0) FROM adjustments WHERE plant = ?)"
        )
        with self._database.reading() as connection:
            amounts, locks, adjusted = connection.execute(query, (plant,) * 3).fetchone()
        return int(amounts), int(locks), int(adjusted)

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def probe(self) -> None:
        """Write, and change nothing; StoreError when the ledger cannot be written."""
        self._database.probe()

    def close(self) -> None:
        """Close the file."""
        self._database.close()
