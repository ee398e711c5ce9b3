"""What stands at the head of every page: its title, the interval that it covers, its clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.formats import Language
from dashboards.now import Plant, Span
from dashboards.sheet import Block, Choice, Sheet
from dashboards.tables import Table
from dashboards.words import say


class Dated(Protocol):
    """A page's result: whose it is, of when, and of which interval."""

    @property
    def plant(self) -> Plant: ...

    @property
    def time_ms(self) -> int: ...

    @property
    def span(self) -> Span: ...


def sheet_of(
    name: str,
    page: Dated,
    language: Language,
    *,
    blocks: Sequence[Block],
    tables: Mapping[str, Table],
    choices: Sequence[Choice] = (),
) -> Sheet:
    """The page of that name under its head."""
    zone = ZoneInfo(page.plant.timezone)
    return Sheet(
        page=name,
        title=say(f"{name}.title", language),
        covers=formats.span(page.span.start_ms, page.span.end_ms, language, zone=zone),
        time_ms=page.time_ms,
        timezone=page.plant.timezone,
        choices=list(choices),
        blocks=list(blocks),
        tables=dict(tables),
    )
