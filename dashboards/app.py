"""All HTTP: pages, the API under ``/api/v1`` with its OpenAPI document, one stream of events.

Nothing here computes: boards do, once for everybody.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from pydantic import BaseModel
from starlette.middleware.gzip import GZipMiddleware

from dashboards import assets, html
from dashboards.board import Board, View
from dashboards.formats import LANGUAGES, Language
from dashboards.headers import SafeHeaders
from dashboards.now import Now
from dashboards.words import choose, table
from plant.errors import CleanlineError

YEAR_S = 365 * 86400
THEMES = ("light", "dark")


class Named(BaseModel):
    """A plant that can be looked at."""

    plant: str
    name: str


def create_app(boards: Mapping[str, Board]) -> FastAPI:
    """The application that shows these plants, by id."""

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(board.run()) for board in boards.values()]
        yield
        for board in boards.values():
            board.stream.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPI(
        title="Cleanline",
        summary="Consumption per unit of product, live, against the baseline",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # these pages would load scripts from another host
        redoc_url=None,
        lifespan=running,
    )
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(CleanlineError, _unavailable)
    _add_api(app, boards)
    _add_pages(app, boards)
    return app


async def _unavailable(_: Request, error: Exception) -> Response:
    """A store that does not answer is said in its own sentence."""
    return JSONResponse({"detail": str(error)}, status_code=503)


def _add_api(app: FastAPI, boards: Mapping[str, Board]) -> None:
    @app.get("/api/v1/plants")
    async def plants() -> list[Named]:
        """The plants that can be looked at."""
        return [
            Named(plant=name, name=(await board.now()).plant.name) for name, board in boards.items()
        ]

    @app.get("/api/v1/plants/{plant}/now")
    async def now(plant: str) -> Now:
        """What the Now page shows, without its charts."""
        return await _board(boards, plant).now()

    @app.get("/api/v1/plants/{plant}/now/view", response_model=View)
    async def now_view(plant: str, lang: Language = "en") -> Response:
        """What the Now page shows, with its charts, in a language."""
        _, body = await _board(boards, plant).view(lang)
        return Response(body, media_type="application/json")

    @app.get("/api/v1/events", response_class=StreamingResponse)
    async def events(
        plant: str | None = None,
        lang: Language = "en",
        after: Annotated[str | None, Query(max_length=64)] = None,
        last_event_id: Annotated[str | None, Header(max_length=64)] = None,
    ) -> StreamingResponse:
        """Server-sent events of a plant: `page`, `live` and `ping`; `after` is the last id seen."""
        return StreamingResponse(
            _board(boards, plant).follow(lang, last_event_id or after),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Whether the pages are served."""
        return {"status": "ok"}


def _add_pages(app: FastAPI, boards: Mapping[str, Board]) -> None:
    @app.get("/", include_in_schema=False)
    async def home(request: Request) -> Response:
        if len(boards) == 1:
            return await _now_page(request, *next(iter(boards.items())))
        return _list_page(request, {name: (await b.now()).plant.name for name, b in boards.items()})

    @app.get("/plants/{plant}", include_in_schema=False)
    async def plant_now(request: Request, plant: str) -> Response:
        return await _now_page(request, plant, _board(boards, plant))

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> Response:
        return RedirectResponse(f"/static/{assets.digest()}/icon.svg")

    @app.get("/static/{version}/{name}", include_in_schema=False)
    def static(request: Request, version: str, name: str) -> Response:
        return _asset(request, version, name)


def _board(boards: Mapping[str, Board], plant: str | None) -> Board:
    if plant is None and len(boards) == 1:
        return next(iter(boards.values()))
    board = boards.get(plant or "")
    if board is None:
        raise HTTPException(404, f"no plant {plant!r}; known: {', '.join(boards) or 'none'}")
    return board


def _asset(request: Request, version: str, name: str) -> Response:
    asset = assets.find(name)
    if asset is None:
        raise HTTPException(404, f"no file {name!r}")
    is_current = version == assets.digest()
    age = f"public, max-age={YEAR_S}, immutable" if is_current else "no-cache"
    headers = {"Cache-Control": age, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        body = gzip.decompress(asset.gzipped)
        return Response(body, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.gzipped, media_type=asset.media_type, headers=headers)


async def _now_page(request: Request, plant: str, board: Board) -> Response:
    language = _language(request)
    position, view = await board.view(language)
    name = (await board.now()).plant.name
    data = {"view": view.decode(), "words": json.dumps(dict(table(language)), ensure_ascii=False)}
    return _page(request, "now", {"plant": plant, "name": name, "position": position}, data=data)


def _list_page(request: Request, names: Mapping[str, str]) -> Response:
    return _page(request, "plants", {}, data={"plants": json.dumps(names, ensure_ascii=False)})


def _page(
    request: Request, page: str, values: Mapping[str, str], *, data: Mapping[str, str]
) -> Response:
    language, asked = _language(request), request.query_params
    links = {f"to_{each}": _with_language(request, each) for each in LANGUAGES}
    marks = {f"is_{each}": "true" if each == language else "false" for each in LANGUAGES}
    wall = asked.get("wall") == "1"
    theme = asked.get("theme", "")
    body = html.fill(
        page,
        language,
        {
            "lang": language,
            "static": f"/static/{assets.digest()}",
            "mode": "wall" if wall else "desk",
            "theme": theme if theme in THEMES else ("dark" if wall else ""),
            **links,
            **marks,
            **values,
        },
        data=data,
    )
    answer = HTMLResponse(body, headers={"Cache-Control": "no-store", "Content-Language": language})
    if asked.get("lang") in LANGUAGES:
        answer.set_cookie("lang", language, max_age=YEAR_S, httponly=True, samesite="lax")
    return answer


def _language(request: Request) -> Language:
    asked = request.query_params.get("lang") or request.cookies.get("lang")
    return choose(asked, request.headers.get("accept-language", ""))


def _with_language(request: Request, language: Language) -> str:
    return "?" + urlencode({**request.query_params, "lang": language})
