"""The API under ``/api/v1``: results as JSON, tables as CSV, one stream of events."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel

from dashboards.access import Role, needs, public, seen_by, while_allowed
from dashboards.board import Board
from dashboards.catalogue import PAGES
from dashboards.document import UNCHANGED, content
from dashboards.drawn import View
from dashboards.formats import Language
from dashboards.held import Held, held
from dashboards.metrics import MEDIA_TYPE, exposition
from dashboards.now import Now
from dashboards.operation import Health, Operation
from dashboards.paging import Ask, FirstDay, LastDay, Page, Pages
from dashboards.report_files import TYPES
from dashboards.sheet import Sheet

Boards = Mapping[str, Board]
ReportFile = Literal["report.html", "report.xlsx", "report.pdf", "evidence.zip"]
Given = Annotated[str | None, Query(max_length=64)]


class Named(BaseModel):
    """A plant that can be looked at."""

    plant: str
    name: str


def find_board(boards: Boards, plant: str | None) -> Board:
    """The board of a plant, of the only one where none is named; 404 for any other."""
    if plant is None and len(boards) == 1:
        return next(iter(boards.values()))
    board = boards.get(plant or "")
    if board is None:
        raise HTTPException(404, f"no plant {plant!r}; known: {', '.join(boards) or 'none'}")
    return board


def find_pages(boards: Boards, plant: str) -> Pages:
    """The pages of a plant beside Now; 404 where there are none."""
    pages = find_board(boards, plant).pages
    if pages is None:
        raise HTTPException(404, f"plant {plant!r} has no pages beside Now")
    return pages


def add_api(app: FastAPI, boards: Boards) -> None:
    """Add every route of the API."""

    @app.get("/api/v1/openapi.json", include_in_schema=False)
    @needs(Role.viewer, "any")
    async def document() -> dict[str, Any]:
        return app.openapi()

    _add_now(app, boards)
    _add_events(app, boards)
    _add_report(app, boards)
    _add_held(app, boards)
    for page in PAGES:
        _add_page(app, boards, page)


def _add_report(app: FastAPI, boards: Boards) -> None:
    made = content("The file.", *TYPES.values())

    @app.get("/api/v1/plants/{plant}/report/{file}", response_class=Response, responses=made)
    @needs(Role.viewer)
    async def report(plant: str, file: ReportFile, lang: Language = "en") -> Response:
        """Report or evidence of all claims; made when it is asked for, which takes a while."""
        content = await find_pages(boards, plant).report.file(file, lang)
        shown = "inline" if file == "report.html" else "attachment"
        headers = {"Content-Disposition": f'{shown}; filename="{plant}-{file}"'}
        return Response(content, media_type=TYPES[file], headers=headers)


def _add_held(app: FastAPI, boards: Boards) -> None:
    @app.get("/api/v1/plants/{plant}/held")
    @needs(Role.viewer)
    async def held_of(
        plant: str,
        since: Annotated[date, Query(ge=FirstDay, le=LastDay)],
        months: Annotated[int, Query(ge=1, le=60)] = 1,
    ) -> Held:
        """What is held of some months: amounts, readings of each meter, and what happened."""
        return await asyncio.to_thread(held, find_pages(boards, plant).records, since, months)


def _add_now(app: FastAPI, boards: Boards) -> None:
    @app.get("/api/v1/plants")
    @needs(Role.viewer, "any")
    async def plants(request: Request) -> list[Named]:
        """The plants that can be looked at."""
        seen = seen_by(request, boards)
        return [
            Named(plant=name, name=(await board.now()).plant.name) for name, board in seen.items()
        ]

    @app.get("/api/v1/plants/{plant}/now")
    @needs(Role.viewer)
    async def now(plant: str) -> Now:
        """What the Now page shows, without its charts."""
        return await find_board(boards, plant).now()

    @app.get("/api/v1/plants/{plant}/now/view", response_model=View)
    @needs(Role.viewer)
    async def now_view(plant: str, lang: Language = "en") -> Response:
        """What the Now page shows, with its charts, in a language."""
        _, body = await find_board(boards, plant).view(lang)
        return Response(body, media_type="application/json")


def add_operation(app: FastAPI, operation: Operation) -> None:
    """Add what those need who watch over the collector."""

    @app.get("/healthz", response_model=Health)
    @public
    async def healthz() -> Response:
        """Whether the collector does its work: 200 when it does, 503 when it does not."""
        found = await asyncio.to_thread(operation.health)
        status = 200 if found.status == "ok" else 503
        headers = {"Cache-Control": "no-store"}
        return JSONResponse(found.model_dump(), status, headers)

    @app.get("/metrics", response_class=PlainTextResponse)
    @needs(Role.viewer, "any")
    async def metrics(request: Request) -> Response:
        """Counts of the collector and of the gateways of plants that one may see."""
        seen = operation.vitals
        health = await asyncio.to_thread(operation.health)
        text = await asyncio.to_thread(
            exposition, seen, health, list(seen_by(request, seen.plants))
        )
        return Response(text, media_type=MEDIA_TYPE)


def _add_events(app: FastAPI, boards: Boards) -> None:
    told = content("Events until the reader goes.", "text/event-stream")

    @app.get("/api/v1/events", response_class=StreamingResponse, responses=told)
    @needs(Role.viewer)
    async def events(  # noqa: PLR0917 - FastAPI names them all
        request: Request,
        plant: str | None = None,
        page: Given = None,
        lang: Language = "en",
        after: Given = None,
        last_event_id: Annotated[str | None, Header(max_length=64)] = None,
    ) -> StreamingResponse:
        """Server-sent events of a plant; `after` is the last id seen.

        For the page Now `page`, `live` and `ping`; for any other `changed` and `ping`.
        """
        board, since = find_board(boards, plant), last_event_id or after
        is_now = page in (None, "now")
        told = board.follow(lang, since) if is_now else board.quiet.follow(lang, since)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        told = while_allowed(request, told)
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)


def _add_page(app: FastAPI, boards: Boards, page: Page[Any]) -> None:
    address, title = f"/api/v1/plants/{{plant}}/{page.name}", page.name.capitalize()

    async def result(plant: str, ask: Annotated[Ask, Query()]) -> Any:
        return await find_pages(boards, plant).result(page, ask)

    async def view(
        plant: str,
        ask: Annotated[Ask, Query()],
        lang: Language = "en",
        if_none_match: Annotated[str | None, Header(max_length=128)] = None,
    ) -> Response:
        body = await find_pages(boards, plant).view(page, ask, lang)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if if_none_match is not None and tag in if_none_match:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    drawn = f"The page {title} in a language, with its charts and tables"
    for ending, endpoint, model, responses, what in (
        ("", result, page.result, None, f"What the page {title} shows"),
        ("/view", view, Sheet, UNCHANGED, drawn),
    ):
        app.add_api_route(
            f"{address}{ending}",
            needs(Role.viewer)(endpoint),
            response_model=model,
            responses=responses,
            description=f"{what}.",
            summary=what,
            name=f"{page.name}{ending}",
        )
