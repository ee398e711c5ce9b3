"""What the page Entries holds: what can be entered, and every amount that was."""

from __future__ import annotations

from datetime import date

from dashboards.now import Plant, Shown


class Enterable(Shown):
    """A quantity of which amounts can be entered."""

    quantity: str
    name: str | None
    unit: str


class Entered(Shown):
    """One amount, as it was entered; ``corrected_ms`` says when another took its place."""

    quantity: str
    name: str | None
    first_day: date
    last_day: date
    shift: str
    value: float
    unit: str
    source: str
    author: str
    reason: str
    entered_ms: int
    corrected_ms: int | None


class Entries(Shown):
    """The page; the newest entry first."""

    plant: Plant
    time_ms: int
    today: date
    quantities: list[Enterable]
    shifts: list[str]
    entered: list[Entered]
    older: int  # entries that are not among them
