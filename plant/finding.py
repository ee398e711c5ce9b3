"""What a linter finds in a meter model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from plant.models import MeterModel
from plant.points import Part


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction in a model: the rule, the point if it is one's, and what is wrong."""

    rule: str
    point: str | None
    says: str


Rule = Callable[[MeterModel], Iterable[Finding]]


def at(address: int) -> str:
    """An address as people and makers write it."""
    return f"{address} (0x{address:04X})"


def overlap(part: Part, other: Part) -> bool:
    """Whether two numbers share a register."""
    return part.address < other.end and other.address < part.end


def inside(part: Part, addresses: Iterable[int]) -> Iterator[int]:
    """The addresses among these that lie within a number."""
    return (a for a in addresses if part.address <= a < part.end)
