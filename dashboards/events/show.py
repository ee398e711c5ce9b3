"""The page Events in a language."""

from __future__ import annotations

from urllib.parse import quote
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.choices import days_choice, page_address
from dashboards.events.alarm_chart import alarm_chart
from dashboards.events.build import PERIODS
from dashboards.events.result import AlarmShown, Events, NoteShown
from dashboards.events.tables import alarms_table, notes_table
from dashboards.events.words import about_name, alarm_sentence, alarm_times, note_times, said_line
from dashboards.formats import Language
from dashboards.heading import sheet_of
from dashboards.sheet import Action, Block, Entries, Entry, Fact, Facts, Grid, Plot, Sheet
from dashboards.words import say

MOST_NOTES = 30
SEEN_AT = {"permit": "water", "night-base": "load", "over-expected": "performance"}


def show(page: Events, language: Language) -> Sheet:
    """Open alarms first, then all of the interval, then notes."""
    return sheet_of(
        "events",
        page,
        language,
        choices=[days_choice(PERIODS, page.days, language)],
        blocks=_blocks(page, language),
        tables={"alarms": alarms_table(page, language), "notes": notes_table(page, language)},
    )


def _blocks(page: Events, language: Language) -> list[Block]:
    title = say("events.chart", language)
    blocks: list[Block] = [_facts(page, language), _open(page, language), _notes(page, language)]
    if page.alarms or page.notes:
        chart = alarm_chart(page, language)
        blocks.append(Plot(title=title, chart=chart, table="alarms", height="medium"))
    if page.alarms:
        blocks.append(Grid(title=say("events.alarms", language), table="alarms"))
    if page.notes:
        note = say("events.notes.note", language)
        blocks.append(Grid(title=say("events.notes.all", language), table="notes", note=note))
    return blocks


def _facts(page: Events, language: Language) -> Facts:
    still = [alarm for alarm in page.alarms if alarm.closed_ms is None]
    unseen = sum(not alarm.said for alarm in still)
    standing = sum(note.withdrawn is None for note in page.notes)

    def fact(key: str, count: int, is_wrong: bool = False) -> Fact:
        value = formats.number(count, language, places=0)
        label = say(f"events.fact.{key}", language)
        return Fact(label=label, value=value, state="bad" if is_wrong else "normal")

    return Facts(
        facts=[
            fact("open", len(still), bool(still)),
            fact("unseen", unseen, unseen > 0),
            fact("all", len(page.alarms)),
            fact("notes", standing),
        ]
    )


def _home(page: Events) -> str:
    return f"/api/v1/plants/{quote(page.plant.plant, safe='')}"


def _open(page: Events, language: Language) -> Entries:
    return Entries(
        title=say("events.open", language),
        entries=[_alarm(a, page, language) for a in page.alarms if a.closed_ms is None],
        empty=say("events.open.none", language),
        width="half",
    )


def _alarm(alarm: AlarmShown, page: Events, language: Language) -> Entry:
    zone = ZoneInfo(page.plant.timezone)
    said = [said_line(one, language, zone=zone) for one in alarm.said]
    return Entry(
        title=alarm_sentence(alarm, language, zone=zone),
        lines=[alarm_times(alarm, language, zone=zone), *said],
        state="quiet" if alarm.said else "bad",
        href=_seen_at(alarm, page),
        action=Action(
            label=say("events.acknowledge", language),
            post=f"{_home(page)}/alarms/{alarm.id}/acknowledgements",
            ask=say("events.acknowledge.ask", language),
        ),
    )


def _seen_at(alarm: AlarmShown, page: Events) -> str:
    """The page on which one sees what an alarm is about."""
    subject = alarm.about.resource
    of = {"resource": subject.resource} if subject else {}
    return page_address(page.plant.plant, SEEN_AT.get(alarm.kind, "health"), **of)


def _notes(page: Events, language: Language) -> Entries:
    standing = [note for note in page.notes if note.withdrawn is None]
    return Entries(
        title=say("events.notes", language),
        entries=[_note(note, page, language) for note in reversed(standing[-MOST_NOTES:])],
        empty=say("events.notes.none", language),
        adds_notes=True,
        width="half",
    )


def _note(note: NoteShown, page: Events, language: Language) -> Entry:
    zone = ZoneInfo(page.plant.timezone)
    about, when = about_name(note.about, language), note_times(note, language, zone=zone)
    entered = formats.moment(note.said.entered_ms, language, zone=zone)
    return Entry(
        title=note.said.text,
        lines=[f"{about} · {when}", f"{note.said.author}, {entered}"],
        action=Action(
            label=say("events.withdraw", language),
            post=f"{_home(page)}/notes/{note.id}/withdrawals",
            ask=say("events.withdraw.ask", language),
            needs_text=True,
        ),
    )
