"""Who asks: a user, a screen with a token, or whoever sits at this computer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from starlette.requests import Request

from collector.options import login_name
from dashboards.access.roles import Role

T = TypeVar("T")
RECHECK_MS = 5000  # an open stream outlives its session by no more


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who may do something: a role by plant, or one at every plant."""

    name: str
    kind: Literal["user", "screen", "local"]
    roles: Mapping[str, Role]
    everywhere: Role | None = None

    def may(self, role: Role, plant: str) -> bool:
        """Whether what needs that role at a plant is allowed."""
        held = self.role_at(plant)
        return held is not None and held >= role

    def role_at(self, plant: str) -> Role | None:
        """The role at a plant; None for no role."""
        return self.everywhere or self.roles.get(plant)


def local_identity() -> Identity:
    """Whoever sits at this computer, where nobody has an account."""
    return Identity(login_name(), "local", {}, Role.administrator)


def identity_of(request: Request) -> Identity:
    """Who asks; only behind the guard."""
    found: Identity = request.state.identity
    return found


def author_of(request: Request) -> str:
    """The name under which a change is entered in the ledger."""
    return identity_of(request).name


def note_change(request: Request, detail: str) -> None:
    """Say in a few words what a request changed, for the audit log."""
    request.state.change = detail


def seen_by(request: Request, plants: Mapping[str, T]) -> dict[str, T]:
    """Those of the plants that whoever asks may look at."""
    identity = identity_of(request)
    return {name: plant for name, plant in plants.items() if identity.may(Role.viewer, name)}


async def while_allowed(request: Request, told: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A stream for as long as whoever asked may see it; a revoked token ends it."""
    plants, access = request.state.goal.plants, request.state.access
    asked_ms = access.clock()
    async for part in told:
        if access.clock() - asked_ms >= RECHECK_MS:
            asked_ms, found = access.clock(), access.identity(request)
            if found is None or not any(found.may(Role.viewer, plant) for plant in plants):
                return
        yield part
