"""The page Entries in a language: a form, and a table of what was entered."""

from __future__ import annotations

from urllib.parse import quote

from dashboards import formats
from dashboards.entries.result import Enterable, Entered, Entries
from dashboards.formats import Language
from dashboards.sheet import Block, Form, FormField, FormOption, Grid, Notice, Sheet
from dashboards.shift.chart import shift_name
from dashboards.tables import Cell, Kind, Mark, Table, column
from dashboards.words import say, say_or


def show(page: Entries, language: Language) -> Sheet:
    """A form for one amount, and every entry below, corrected ones too."""
    return Sheet(
        page="entries",
        title=say("entries.title", language),
        covers=say("entries.covers", language, count=len(page.entered)),
        time_ms=page.time_ms,
        timezone=page.plant.timezone,
        blocks=_blocks(page, language),
        tables={"entered": _table(page, language)},
    )


def _blocks(page: Entries, language: Language) -> list[Block]:
    if not page.quantities:
        return [Notice(text=say("entries.none", language), state="quiet")]
    note = say("entries.older", language, count=page.older) if page.older else ""
    grid = Grid(
        title=say("entries.table", language), table="entered", note=note, width="two-thirds"
    )
    return [_form(page, language), grid]


def _form(page: Entries, language: Language) -> Form:
    def field(name: str, kind: str, **more: object) -> FormField:
        label = say(f"entries.field.{name}", language)
        return FormField.model_validate({"name": name, "label": label, "kind": kind, **more})

    options = [
        FormOption(
            value=one.quantity, label=called(one, language), fills={"unit": formats.unit(one.unit)}
        )
        for one in page.quantities
    ]
    fields = [field("quantity", "select", options=options), field("day", "day", value=page.today)]
    if page.shifts:
        shifts = [FormOption(value="", label=say("entries.whole_day", language))]
        shifts += [FormOption(value=name, label=shift_name(name, language)) for name in page.shifts]
        fields.append(field("shift", "select", options=shifts, required=False))
    fields += [
        field("value", "number"),
        field("unit", "text", value=formats.unit(page.quantities[0].unit)),
        field("reason", "text", required=False, note=say("entries.field.reason.note", language)),
    ]
    return Form(
        title=say("entries.form", language),
        post=f"/api/v1/plants/{quote(page.plant.plant, safe='')}/amounts",
        fields=fields,
        submit=say("entries.submit", language),
        done={key: say(f"entries.done.{key}", language) for key in DONE},
        closed=say("entries.closed", language),
        width="third",
    )


DONE = ("new", "corrected", "unchanged")


def called(one: Enterable | Entered, language: Language) -> str:
    """What the plant calls a quantity, else the reader's language, else its id."""
    return one.name or say_or(f"resource.{one.quantity}", language, one.quantity)


def _table(page: Entries, language: Language) -> Table:
    columns = [
        column(say(f"entries.column.{name}", language), kind=kind)
        for name, kind in COLUMNS
        if name != "shift" or page.shifts
    ]
    rows = [_row(one, page, language) for one in page.entered]
    marks: dict[str, Mark] = {
        f"{y}:{x}": "quiet"
        for y, one in enumerate(page.entered)
        if one.corrected_ms is not None
        for x in range(len(columns))
    }
    return Table(columns=columns, rows=rows, marks=marks)


COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("quantity", "text"),
    ("from", "day"),
    ("to", "day"),
    ("shift", "text"),
    ("value", "exact"),
    ("unit", "text"),
    ("author", "text"),
    ("entered", "moment"),
    ("reason", "text"),
    ("source", "text"),
    ("state", "text"),
)


def _row(one: Entered, page: Entries, language: Language) -> list[Cell]:
    state = "stands" if one.corrected_ms is None else "corrected"
    days: list[Cell] = [one.first_day.isoformat(), one.last_day.isoformat()]
    shift: list[Cell] = [one.shift and shift_name(one.shift, language)] if page.shifts else []
    head: list[Cell] = [called(one, language), *days, *shift, one.value, formats.unit(one.unit)]
    told: list[Cell] = [one.author, one.entered_ms, one.reason, one.source]
    return [*head, *told, say(f"entries.state.{state}", language)]
