"""Roles, and which of them each route needs. A route that declares none is closed to everybody."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Literal, NamedTuple, TypeVar
from weakref import WeakKeyDictionary


class Role(IntEnum):
    """What somebody may do at a plant; each role may also do what those before it may."""

    viewer = 1  # look
    engineer = 2  # enter production, acknowledge, take notes
    consultant = 3  # as an engineer: plans are locked and adjustments entered by command alone
    administrator = 4  # everything


class Need(NamedTuple):
    """What a route needs: a role at the plant that it is about, or at any plant served here."""

    role: Role | None  # None: open to everybody
    where: Literal["plant", "any"] = "plant"


E = TypeVar("E", bound=Callable[..., Any])
_NEEDS: WeakKeyDictionary[Callable[..., Any], Need] = WeakKeyDictionary()


def needs(role: Role, where: Literal["plant", "any"] = "plant") -> Callable[[E], E]:
    """Declare the role that a route's endpoint needs; put it below the route's own decorator.

    The plant is the ``{plant}`` of the path, the ``plant`` of the query, or the only one served.
    """

    def declare(endpoint: E) -> E:
        _NEEDS[endpoint] = Need(role, where)
        return endpoint

    return declare


def public(endpoint: E) -> E:
    """Declare that a route is open to everybody."""
    _NEEDS[endpoint] = Need(None)
    return endpoint


def need_of(endpoint: Callable[..., Any] | None) -> Need | None:
    """What a route's endpoint declared; None when it declared nothing."""
    return None if endpoint is None else _NEEDS.get(endpoint)
