"""Which reporting periods nothing was made in, remembered as long as nothing in them changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from collector.claims.verify import Verifier
from plant.calendar import local_date

Key = tuple[str, str | None]  # a plan, and of a backcast the claim


class Idle:
    """The reporting periods of one plant in which nothing was made, as far as they have gone."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._is_idle: dict[Key, bool | None] = {}
        self._busy_by: dict[Key, date] = {}  # something was made before that day

    def __contains__(self, key: Key) -> bool:
        return self._is_idle.get(key) is True

    def forget(self, changed: date) -> None:
        """What was made from a day on may be otherwise now."""
        self._busy_by = {key: day for key, day in self._busy_by.items() if day <= changed}

    def turned(self, reporting: Mapping[Key, date], now_ms: int) -> list[date]:
        """First days of the periods of which the answer is another than before, or the first."""
        asked = {
            key: self._verifier.is_idle(key[0], since, now_ms)
            for key, since in reporting.items()
            if key not in self._busy_by
        }
        found = [
            reporting[key] for key, is_idle in asked.items() if self._is_idle.get(key) != is_idle
        ]
        today = local_date(now_ms, self._verifier.plant.zone)
        self._busy_by |= {key: today for key, is_idle in asked.items() if is_idle is False}
        self._is_idle |= asked
        return found
