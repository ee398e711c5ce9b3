"""Amounts of a CSV text into the ledger, from a file or a message.

A correction is a new entry with author and reason, and so is a withdrawal; what stood before stays
readable. What stands already is not entered twice, so that a message may come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from collector.entries.importing import parse_csv
from collector.entries.parsed import Parsed
from collector.ledger import Amount, Ledger
from plant.calendar import local_date
from plant.description import Plant
from plant.errors import UsageError

ONE_DAY = timedelta(days=1)


class Sourced(NamedTuple):
    """An amount, and where it was read: a file's line, a form, a message."""

    amount: Amount
    source: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many amounts were told, and what became of them; notes are for whoever told them."""

    amounts: int
    new: int = 0
    corrected: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self) | {"notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who enters, why and when; with `withdraws` what is told is taken back.

    `stores` is False for a trial.
    """

    author: str
    reason: str
    entered_ms: int
    withdraws: bool = False
    stores: bool = True


def import_csv(plant: Plant, text: str, name: str, *, ledger: Ledger, by: Authorship) -> Imported:
    """Enter the amounts of a CSV text, or withdraw them; all or none.

    Raises ImportFileError with every fault of the text, and what `import_amounts` raises.
    """
    parsed = parse_csv(text, name, plant, known=ledger.amounts.standing(plant.id))
    return import_parsed(plant, parsed, name, ledger=ledger, by=by)


def import_parsed(
    plant: Plant, parsed: Parsed, name: str, *, ledger: Ledger, by: Authorship
) -> Imported:
    """The same of what was read already."""
    told = [Sourced(cell.amount, f"{name}:{cell.line}") for cell in parsed.cells]
    return import_amounts(plant, told, ledger=ledger, by=by, notes=tuple(parsed.notes))


def import_amounts(
    plant: Plant,
    told: Sequence[Sourced],
    *,
    ledger: Ledger,
    by: Authorship,
    notes: tuple[str, ...] = (),
) -> Imported:
    """Enter amounts, or withdraw them; all or none.

    Raises UsageError for a correction or withdrawal without a reason, for a withdrawal of what
    does not stand, and for days to come.
    """
    standing = {one.amount.period: one.amount.value for one in ledger.amounts.standing(plant.id)}
    if by.withdraws:
        return _withdraw(plant, told, standing, ledger=ledger, by=by)
    _refuse_to_come(plant, told, by)
    fresh = [one for one in told if standing.get(one.amount.period) != one.amount.value]
    corrections = [one for one in fresh if one.amount.period in standing]
    if corrections and not by.reason:
        first = corrections[0]
        raise UsageError(
            f"{first.source}: {first.amount.quantity} of {first.amount.first_day} is known as "
            f"{standing[first.amount.period]:g} {first.amount.unit} ({len(corrections)} such in "
            "all); say why it is corrected: give a reason (--reason on the command line)"
        )
    if by.stores:
        _store(plant, fresh, ledger=ledger, by=by)
    new = len(fresh) - len(corrections)
    return Imported(len(told), new, len(corrections), unchanged=len(told) - len(fresh), notes=notes)


def _refuse_to_come(plant: Plant, told: Sequence[Sourced], by: Authorship) -> None:
    today = local_date(by.entered_ms, plant.zone)
    coming = [one for one in told if one.amount.end_day - ONE_DAY > today]
    if coming:
        quantity, _, end, *_ = coming[0].amount
        raise UsageError(
            f"{coming[0].source}: an amount of {quantity} up to {end - ONE_DAY}, which is to come "
            f"({len(coming)} such in all); import what was used or made by {today}"
        )


def _withdraw(
    plant: Plant,
    told: Sequence[Sourced],
    standing: dict[Any, float],
    *,
    ledger: Ledger,
    by: Authorship,
) -> Imported:
    if not by.reason:
        raise UsageError("a withdrawal needs --reason: it stays beside what is withdrawn")
    for one in told:
        found = standing.get(one.amount.period)
        if found != one.amount.value:
            quantity, first, end = one.amount[:3]
            stands = "nothing" if found is None else f"{found:g} {one.amount.unit}"
            raise UsageError(
                f"{one.source}: {quantity} from {first} to before {end}: {stands} stands there, "
                f"not {one.amount.value:g} {one.amount.unit}; withdraw what stands"
            )
    if by.stores:
        _store(plant, told, ledger=ledger, by=by)
    return Imported(len(told), withdrawn=len(told))


def _store(plant: Plant, told: Sequence[Sourced], *, ledger: Ledger, by: Authorship) -> None:
    ledger.amounts.enter(
        plant.id,
        told,
        author=by.author,
        reason=by.reason,
        entered_ms=by.entered_ms,
        withdraws=by.withdraws,
    )
