"""What people may change from the pages: take notes, take them back, acknowledge alarms.

Every entry has its author and time, and is only ever added to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import FastAPI, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from collector.ledger import Acknowledgement, Note
from dashboards.access import Role, author_of, needs, note_change
from dashboards.api import Boards, find_board, find_pages
from dashboards.paging import Pages
from dashboards.records import Records
from plant.calendar import local_ms

FIRST_YEAR, LAST_YEAR = 2000, 2100
Number = Annotated[int, Path(ge=1, le=2**53)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class NewNote(BaseModel):
    """A note about a time by the plant's own clock; without an end it is of an instant."""

    model_config = ConfigDict(extra="forbid")
    start: datetime
    end: datetime | None = None
    about: Annotated[str, Field(max_length=80)] = ""  # resource/NAME, meter/NAME, page/NAME
    text: Words


class Reason(BaseModel):
    """Why something is taken back."""

    model_config = ConfigDict(extra="forbid")
    text: Words


class Seen(BaseModel):
    """What somebody has to say of an alarm, if anything."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class Entered(BaseModel):
    """What was entered, by its number."""

    id: int


def add_changes(app: FastAPI, boards: Boards) -> None:
    """Add the routes that change something."""

    def done(plant: str, pages: Pages) -> None:
        pages.forget()
        board = find_board(boards, plant)
        board.renew()
        board.tell_changed()

    @app.post("/api/v1/plants/{plant}/notes", status_code=201)
    @needs(Role.engineer)
    async def take_note(request: Request, plant: str, note: NewNote) -> Entered:
        """Enter a note."""
        pages = find_pages(boards, plant)
        start_ms, end_ms = _times(note, pages.records.plant.zone)
        _check_about(pages.records, note.about)
        author, now_ms = author_of(request), pages.now_ms()
        entry = Note(0, start_ms, end_ms, note.about, author, note.text, now_ms)
        number = pages.records.ledger.notes.add(plant, entry).id
        note_change(request, f"note {number}")
        done(plant, pages)
        return Entered(id=number)

    @app.post("/api/v1/plants/{plant}/notes/{note}/withdrawals", status_code=201)
    @needs(Role.engineer)
    async def withdraw_note(request: Request, plant: str, note: Number, reason: Reason) -> Entered:
        """Take a note back; it stays in the ledger with the reason."""
        pages = find_pages(boards, plant)
        entry = pages.records.ledger.notes.withdraw(
            plant, note, author=author_of(request), reason=reason.text, entered_ms=pages.now_ms()
        )
        if entry is None:
            raise HTTPException(404, f"no note {note} stands at plant {plant!r}")
        note_change(request, f"note {note} withdrawn")
        done(plant, pages)
        return Entered(id=entry.id)

    @app.post("/api/v1/plants/{plant}/alarms/{alarm}/acknowledgements", status_code=201)
    @needs(Role.engineer)
    async def acknowledge(request: Request, plant: str, alarm: Number, seen: Seen) -> Entered:
        """Say that somebody has seen an alarm."""
        pages = find_pages(boards, plant)
        entry = Acknowledgement(alarm, author_of(request), seen.text, pages.now_ms())
        if not pages.records.ledger.alarms.acknowledge(plant, entry):
            raise HTTPException(404, f"no alarm {alarm} at plant {plant!r}")
        note_change(request, f"alarm {alarm} acknowledged")
        done(plant, pages)
        return Entered(id=alarm)


def _times(note: NewNote, zone: ZoneInfo) -> tuple[int, int]:
    """Start and end [UTC ms]; 422 for an end before the start, or a year that is none."""
    start, end = note.start, note.end or note.start
    for at in (start, end):
        if at.tzinfo is not None or not FIRST_YEAR <= at.year < LAST_YEAR:
            said = f"a time by the plant's clock, without a zone, from {FIRST_YEAR} on"
            raise HTTPException(422, said)
    start_ms, end_ms = (local_ms(at.date(), at.time(), zone) for at in (start, end))
    if end_ms < start_ms:
        raise HTTPException(422, "the end lies before the start")
    return start_ms, end_ms


def _check_about(records: Records, about: str) -> None:
    kind, _, name = about.partition("/")
    known = {"resource": set(records.plant.resources), "meter": set(records.plant.meters)}
    is_page = kind == "page" and name.isidentifier()
    if about and not is_page and name not in known.get(kind, set()):
        raise HTTPException(422, f"about {about!r}: resource/NAME, meter/NAME or page/NAME")
