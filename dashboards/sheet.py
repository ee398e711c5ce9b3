"""A page as data: blocks in reading order, in one language, for the browser to lay out.

Blocks refer to tables by key, so that several charts may have the same numbers behind them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboards.charts import Drawing
from dashboards.tables import Table

Width = Literal["full", "two-thirds", "half", "third"]
Height = Literal["short", "medium", "tall"]
State = Literal["normal", "bad", "good", "quiet"]


class Part(BaseModel):
    """A part of a page."""

    model_config = ConfigDict(frozen=True)


class Option(Part):
    """One thing to choose; ``query`` is the address's part behind the question mark."""

    label: str
    query: str
    current: bool = False


class Choice(Part):
    """What a page can be turned to, each option a link."""

    label: str
    options: list[Option]


class Fact(Part):
    """One figure that stands alone, already written in the reader's language."""

    label: str
    value: str
    note: str = ""
    state: State = "normal"
    href: str | None = None  # where it comes from


class Facts(Part):
    """Figures beside each other."""

    kind: Literal["facts"] = "facts"
    facts: list[Fact]
    title: str = ""
    colour: str | None = None
    width: Width = "full"


class Plot(Part):
    """A chart with the key of the table behind it; points of one ``group`` are shown together."""

    kind: Literal["plot"] = "plot"
    title: str
    chart: Drawing
    table: str
    group: str | None = None
    height: Height = "medium"
    width: Width = "full"


class Grid(Part):
    """A table that is shown."""

    kind: Literal["grid"] = "grid"
    title: str
    table: str
    note: str = ""
    width: Width = "full"


class Picker(Part):
    """Chooses one row of a table; its first cell is the id of a point in each chart of a group."""

    kind: Literal["picker"] = "picker"
    title: str
    table: str
    group: str
    width: Width = "full"


class Text(Part):
    """Sentences, as a list where there are several."""

    kind: Literal["text"] = "text"
    title: str
    lines: list[str]
    width: Width = "full"


class Notice(Part):
    """One sentence that must not be overlooked."""

    kind: Literal["notice"] = "notice"
    text: str
    state: State = "bad"
    width: Width = "full"


class Interval(Part):
    """A share with its interval and what it is compared with [%]."""

    kind: Literal["interval"] = "interval"
    title: str
    state: str  # a verdict, or so-far
    state_text: str
    value: float | None
    low: float | None
    high: float | None
    target: float
    target_text: str
    said: str
    lines: list[str]
    colour: str
    width: Width = "full"


class Link(Part):
    """Something that can be opened or downloaded; without ``href`` the note says why not."""

    label: str
    href: str | None
    note: str = ""


class Links(Part):
    """Links below each other."""

    kind: Literal["links"] = "links"
    title: str
    links: list[Link]
    width: Width = "full"


class Action(Part):
    """What a person may do with an entry: it asks for a text, and posts it."""

    label: str
    post: str
    ask: str  # what the text is
    needs_text: bool = False


class Entry(Part):
    """Something that happened, in sentences."""

    title: str
    lines: list[str]
    state: State = "normal"
    href: str | None = None  # where one sees what it is about
    action: Action | None = None


class Entries(Part):
    """Entries below each other; ``empty`` is said where there is none."""

    kind: Literal["entries"] = "entries"
    title: str
    entries: list[Entry]
    empty: str
    adds_notes: bool = False
    width: Width = "full"


class FormOption(Part):
    """Something to choose in a field; ``fills`` says what other fields then hold."""

    value: str
    label: str
    fills: dict[str, str] = {}


class FormField(Part):
    """One field of a form."""

    name: str
    label: str
    kind: Literal["select", "day", "number", "text"]
    options: list[FormOption] = []
    value: str | date = ""
    required: bool = True
    note: str = ""


class Form(Part):
    """Fields that are posted as JSON; ``done`` says what is told by the outcome of the answer.

    ``closed`` is shown in its place to those who may only look.
    """

    kind: Literal["form"] = "form"
    title: str
    post: str
    fields: list[FormField]
    submit: str
    done: dict[str, str]
    closed: str
    width: Width = "full"


Block = Annotated[
    Facts | Plot | Grid | Picker | Text | Notice | Interval | Links | Entries | Form,
    Field(discriminator="kind"),
]


class NoteAbout(Part):
    """Something that a note may be about."""

    key: str
    label: str


class NoteForm(Part):
    """How a note is taken from a page."""

    post: str
    abouts: list[NoteAbout]
    about: str


class Sheet(Part):
    """A page in a language."""

    page: str
    title: str
    covers: str  # the exact interval, in words
    time_ms: int
    timezone: str
    choices: list[Choice] = []
    blocks: list[Block]
    tables: dict[str, Table] = {}
    note: NoteForm | None = None
