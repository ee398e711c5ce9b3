"""The page Data health in a language."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.choices import days_choice
from dashboards.formats import Language
from dashboards.heading import sheet_of
from dashboards.health.build import PERIODS
from dashboards.health.known_chart import known_chart
from dashboards.health.result import DataHealth
from dashboards.health.tables import (
    CLOCK_LIMIT_MS,
    aside_table,
    gateways_table,
    happened_table,
    meters_table,
    outboxes_table,
)
from dashboards.remarks import remarks_grid, remarks_table
from dashboards.sheet import Block, Fact, Facts, Grid, Height, Notice, Plot, Sheet
from dashboards.words import say


def show(page: DataHealth, language: Language) -> Sheet:
    """Figures, a strip for each meter, then meters, gateways, packs and events as tables."""
    return sheet_of(
        "health",
        page,
        language,
        choices=[days_choice(tuple(PERIODS), page.days, language)],
        blocks=[*_notices(page, language), _facts(page, language), *_blocks(page, language)],
        tables={
            "meters": meters_table(page, language),
            "gateways": gateways_table(page, language),
            "outboxes": outboxes_table(page, language),
            "aside": aside_table(page, language),
            "events": happened_table(page, language),
            "notes": remarks_table(page.notes, language),
        },
    )


def _notices(page: DataHealth, language: Language) -> list[Block]:
    if page.meters:
        return []
    return [Notice(text=say("health.no_meters", language), state="quiet")]


def _facts(page: DataHealth, language: Language) -> Facts:
    def fact(key: str, value: str, is_wrong: bool = False, **parameters: str) -> Fact:
        return Fact(
            label=say(f"health.fact.{key}", language),
            value=value,
            note=say(f"health.fact.{key}.note", language, **parameters),
            state="bad" if is_wrong else "normal",
        )

    slots = [meter.slots for meter in page.meters]
    total = sum(one.total for one in slots)
    known = total - sum(one.missing for one in slots)
    estimated = sum(one.estimated for one in slots)
    fresh = sum(not meter.is_stale for meter in page.meters)
    missing = sum(box.missing for box in page.outboxes)
    evicted = formats.number(page.evicted, language, places=0)
    clock_ms = _worst_clock_ms(page)
    clock = f"{formats.signed(clock_ms / 1000, language)} s" if clock_ms is not None else ""
    return Facts(
        facts=[
            fact("reporting", f"{fresh} / {len(page.meters)}", fresh < len(page.meters)),
            fact("complete", _percent(known, total, language), known < total),
            fact("estimated", _percent(estimated, total, language)),
            fact("missing", formats.number(missing, language, places=0), missing > 0),
            fact(
                "aside",
                formats.number(page.set_aside, language, places=0),
                page.set_aside + page.evicted > 0,
                evicted=evicted,
            ),
            fact("clock", clock or formats.MISSING, abs(clock_ms or 0) > CLOCK_LIMIT_MS),
        ]
    )


def _percent(count: int, total: int, language: Language) -> str:
    """Rounded so that only all of them are 100 %."""
    if not total:
        return formats.MISSING
    share = 100 * count / total
    return formats.percent(min(share, 99.9) if count < total else share, language)


def _worst_clock_ms(page: DataHealth) -> int | None:
    known = [one.clock_offset_ms for one in page.gateways if one.clock_offset_ms is not None]
    return max(known, key=abs, default=None)


def _blocks(page: DataHealth, language: Language) -> list[Block]:
    def grid(key: str, note: str = "") -> Grid:
        return Grid(title=say(f"health.{key}", language), table=key, note=note)

    blocks: list[Block] = []
    if page.meters:
        title = say("health.known", language)
        chart = known_chart(page, language)
        blocks.append(Plot(title=title, chart=chart, table="meters", height=_height(page)))
        blocks.append(grid("meters", say("health.meters.note", language)))
    blocks.append(grid("gateways"))
    blocks.append(grid("outboxes", say("health.outboxes.note", language)))
    if page.aside:
        blocks.append(grid("aside"))
    if page.happened:
        zone = ZoneInfo(page.plant.timezone)
        until = formats.moment(page.time_ms, language, zone=zone)
        blocks.append(grid("events", say("health.events.note", language, time=until)))
    return [*blocks, *remarks_grid(page.notes, language)]


def _height(page: DataHealth) -> Height:
    return "tall" if len(page.meters) > 6 else "medium" if len(page.meters) > 2 else "short"
