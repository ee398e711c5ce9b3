"""What one poll wants of a unit, and what its requests brought."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.frames import Failure, Read
from plant.codec import Image
from plant.models import Point


@dataclass(frozen=True, slots=True)
class Wanted:
    """A point, and the spans that one value of it needs."""

    meter: str
    name: str
    point: Point
    spans: tuple[Read, ...]


@dataclass(slots=True)
class Taken:
    """What the requests of one poll brought."""

    image: Image = field(default_factory=Image)
    middles: list[tuple[Read, float]] = field(default_factory=list)
    failures: dict[Read, Failure] = field(default_factory=dict)
    heard: bool = False  # the unit answered, also with an exception

    def middle_s(self, span: Read) -> float:
        """The middle of the request that brought the beginning of a span."""
        function, address = span.function, span.address
        for request, at in self.middles:
            if request.function == function and request.address <= address < request.end:
                return at
        raise KeyError(span)

    def why_not(self, spans: tuple[Read, ...]) -> Failure:
        """Why one of these spans was not brought."""
        for request, failure in self.failures.items():
            if any(request.holds(span) or span.holds(request) for span in spans):
                return Failure(failure.kind, f"{failure.text}, {request}", failure.code)
        return Failure("timeout", "not asked: the unit fell silent")
