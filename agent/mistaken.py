"""Another device than the plant file says: who it is that answers there."""

from __future__ import annotations

from collections.abc import Mapping

from agent.bus import Bus, Patience
from agent.probe import Found, find_units, says_it_is
from plant.models import library


async def who_answers(
    bus: Bus, unit: int, said: Mapping[str, str], patience: Patience
) -> str | None:
    """A sentence when a unit is another model than is said of its meters; else None.

    said: the model of each meter in the plant file.
    """
    async for _, found in find_units(bus, [unit], library().values(), patience):
        if isinstance(found, Found):
            return _told(found, said)
    return None


def _told(found: Found, said: Mapping[str, str]) -> str | None:
    fits = found.models + found.named
    known = library()
    wrong = {
        meter: model
        for meter, model in said.items()
        if model not in fits and not says_it_is(known[model], found.identity)
    }
    if not wrong or not (fits or found.identity):
        return None
    claimed = "; ".join(f"{meter} is said to be {model}" for meter, model in wrong.items())
    answers = [f"answers as {found.identity}"] if found.identity else []
    answers += [f"fits {' or '.join(fits)}"] if fits else []
    return (
        f"unit {found.unit} {' and '.join(answers)}; {claimed}: look at the unit id and the model"
    )
