"""The form by which a note is taken, from any page and any chart."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import BaseModel

from dashboards.formats import Language
from dashboards.records import Records, Subject
from dashboards.sheet import NoteAbout, NoteForm
from dashboards.words import say


def note_form(records: Records, language: Language, *, about: str) -> NoteForm:
    """What a note may be about; `about` is what is chosen at first."""
    plant = records.plant
    abouts = [NoteAbout(key="", label=say("events.plant", language))]
    abouts += [
        NoteAbout(key=f"resource/{name}", label=subject.called(language))
        for name, subject in records.subjects.items()
    ]
    abouts += [
        NoteAbout(key=f"meter/{name}", label=records.meter_name(name)) for name in plant.meters
    ]
    post = f"/api/v1/plants/{quote(plant.id, safe='')}/notes"
    return NoteForm(post=post, abouts=abouts, about=about)


def about_result(result: BaseModel) -> str:
    """What a page's notes are about at first: its resource, where it has one."""
    subject = getattr(result, "resource", None)
    return f"resource/{subject.resource}" if isinstance(subject, Subject) else ""
