"""Downloads of a page: any of its tables as CSV and as a workbook, any of its charts as SVG.

What is on screen is what is in the file: both are made from the same sheet.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import Response

from dashboards import formats
from dashboards.access import Role, needs
from dashboards.api import Boards, find_board, find_pages
from dashboards.catalogue import PAGES
from dashboards.charts import Drawing
from dashboards.document import content
from dashboards.drawn import view
from dashboards.formats import Language
from dashboards.paging import Ask, Page, Pages
from dashboards.sheet import Grid, Plot, Sheet
from dashboards.tables import csv_text
from plant.errors import UsageError

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DRAWN = "image/svg+xml"
ADVICE = "needs the extra `report`; type in the checkout: pip install '.[report]'"


def add_downloads(app: FastAPI, boards: Boards) -> None:
    """Add the routes of every page's files."""
    for page in PAGES:
        _add_page(app, boards, page)

    made = content("The file.", DRAWN)

    @app.get("/api/v1/plants/{plant}/now/{chart}.svg", response_class=Response, responses=made)
    @needs(Role.viewer)
    async def now_chart(plant: str, chart: str, lang: Language = "en") -> Response:
        """One chart of the page Now as an SVG file."""
        now = await find_board(boards, plant).now()
        charts = view(now, lang).charts
        if chart not in charts:
            raise _missing("chart", chart, list(charts))
        name = f"{plant}-now-{chart}.svg"
        zone = ZoneInfo(now.plant.timezone)
        when = formats.moment(now.time_ms, lang, zone=zone)
        origin = f"{now.plant.name} · {when} · {zone.key}"
        return await _svg(charts[chart], lang, origin=origin, name=name)


def _add_page(app: FastAPI, boards: Boards, page: Page[Any]) -> None:
    address, title = f"/api/v1/plants/{{plant}}/{page.name}", page.name.capitalize()

    async def of(plant: str, ask: Ask, lang: Language) -> tuple[Pages, Sheet]:
        pages = find_pages(boards, plant)
        return pages, await pages.sheet(page, ask, lang)

    async def csv(
        plant: str, table: str, ask: Annotated[Ask, Query()], lang: Language = "en"
    ) -> Response:
        pages, sheet = await of(plant, ask, lang)
        _check_table(sheet, table)
        text = csv_text(sheet.tables[table], pages.records.plant.zone)
        name = f"{plant}-{page.name}-{table}.csv"
        return _file(text.encode(), "text/csv; charset=utf-8", name)

    async def xlsx(
        plant: str, table: str, ask: Annotated[Ask, Query()], lang: Language = "en"
    ) -> Response:
        pages, sheet = await of(plant, ask, lang)
        _check_table(sheet, table)
        name = f"{plant}-{page.name}-{table}.xlsx"
        return await _xlsx(sheet, table, lang, whose=pages.records.plant.name, name=name)

    async def svg(
        plant: str, chart: str, ask: Annotated[Ask, Query()], lang: Language = "en"
    ) -> Response:
        pages, sheet = await of(plant, ask, lang)
        charts = {block.chart.key: block.chart for block in sheet.blocks if isinstance(block, Plot)}
        if chart not in charts:
            raise _missing("chart", chart, list(charts))
        origin = f"{pages.records.plant.name} · {sheet.covers}"
        name = f"{plant}-{page.name}-{chart}.svg"
        return await _svg(charts[chart], lang, origin=origin, name=name)

    for what, endpoint, kind, said in (
        ("{table}", csv, "text/csv", f"One table of the page {title} as a CSV file"),
        ("{table}", xlsx, WORKBOOK, f"One table of the page {title} as a workbook"),
        ("{chart}", svg, DRAWN, f"One chart of the page {title} as an SVG file"),
    ):
        app.add_api_route(
            f"{address}/{what}.{endpoint.__name__}",
            needs(Role.viewer)(endpoint),
            response_class=Response,
            responses=content("The file.", kind),
            description=f"{said}.",
            summary=said,
            name=f"{page.name}.{endpoint.__name__}",
        )


def table_title(sheet: Sheet, table: str) -> str:
    """What a page calls a table: the title of the block that shows it."""
    shown = (b for b in sheet.blocks if isinstance(b, Grid | Plot) and b.table == table)
    titles = sorted(shown, key=lambda block: not isinstance(block, Grid))
    return titles[0].title if titles else table


def _check_table(sheet: Sheet, table: str) -> None:
    if table not in sheet.tables:
        raise _missing("table", table, list(sheet.tables))


def _missing(what: str, name: str, known: list[str]) -> HTTPException:
    return HTTPException(404, f"no {what} {name!r} here; known: {', '.join(known) or 'none'}")


async def _xlsx(sheet: Sheet, table: str, language: Language, *, whose: str, name: str) -> Response:
    try:
        from dashboards.books import Source, table_book  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(f"a workbook {ADVICE}") from error
    source = Source(whose, sheet, table, table_title(sheet, table))
    return _file(await asyncio.to_thread(table_book, source, language), WORKBOOK, name)


async def _svg(drawing: Drawing, language: Language, *, origin: str, name: str) -> Response:
    try:
        from dashboards.still import still  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise UsageError(f"a chart as SVG {ADVICE}") from error
    drawn = await asyncio.to_thread(still, drawing, language, origin=origin)
    return _file(drawn, DRAWN, name)


def _file(body: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)
