"""Entering an amount over HTTP."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from collector.entries.entering import Asked, Outcome, enter
from dashboards.access import Role, author_of, needs, note_change
from dashboards.api import Boards, find_board, find_pages
from dashboards.formats import plain_unit
from plant.errors import UsageError

Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class NewAmount(BaseModel):
    """An amount of a day, or of a shift that began on it."""

    model_config = ConfigDict(extra="forbid")
    quantity: Short
    day: date
    shift: Short = ""
    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: Short
    reason: Words = ""  # needed where an amount that is known is corrected


class Done(BaseModel):
    """What became of it."""

    outcome: Outcome


def add_entries(app: FastAPI, boards: Boards) -> None:
    """Add the route that enters amounts."""

    @app.post("/api/v1/plants/{plant}/amounts", status_code=201)
    @needs(Role.engineer)
    async def enter_amount(request: Request, plant: str, amount: NewAmount) -> Done:
        """Enter an amount; one of a period that has one corrects it, with a reason."""
        pages = find_pages(boards, plant)
        asked = Asked(
            amount.quantity, amount.day, amount.value, plain_unit(amount.unit), amount.shift
        )
        try:
            outcome = await asyncio.to_thread(
                enter,
                pages.records.plant,
                asked,
                ledger=pages.records.ledger,
                author=author_of(request),
                reason=amount.reason,
                now_ms=pages.now_ms(),
            )
        except UsageError as error:
            raise HTTPException(422, str(error)) from None
        when = f"{amount.day} {amount.shift}".strip()
        told = f"{amount.quantity} {when}: {amount.value:g} {asked.unit}, {outcome}"
        note_change(request, told)
        pages.forget()
        find_board(boards, plant).tell_changed()
        return Done(outcome=outcome)
