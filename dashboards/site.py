"""The HTML pages and the files that they load."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from dashboards import assets
from dashboards.access import Role, needs, public, seen_by
from dashboards.answers import YEAR_S, answer_page, language_of
from dashboards.api import Boards, find_board, find_pages
from dashboards.board import Board
from dashboards.catalogue import PAGES
from dashboards.paging import Ask, Page
from dashboards.words import table


def add_site(app: FastAPI, boards: Boards) -> None:
    """Add every page and the files under ``/static``."""

    @app.get("/", include_in_schema=False)
    @needs(Role.viewer, "any")
    async def home(request: Request) -> Response:
        seen = seen_by(request, boards)
        if len(seen) == 1:
            return await _now_page(request, *next(iter(seen.items())))
        names = {name: (await board.now()).plant.name for name, board in seen.items()}
        return answer_page(request, "plants", {}, data={"plants": _json(names)})

    @app.get("/plants/{plant}", include_in_schema=False)
    @needs(Role.viewer)
    async def plant_now(request: Request, plant: str) -> Response:
        return await _now_page(request, plant, find_board(boards, plant))

    for page in PAGES:
        _add_page(app, boards, page)

    @app.get("/favicon.ico", include_in_schema=False)
    @public
    async def icon() -> Response:
        return RedirectResponse(f"/static/{assets.digest()}/icon.svg")

    @app.get("/static/{version}/{name}", include_in_schema=False)
    @public
    async def static(request: Request, version: str, name: str) -> Response:
        # A thread for each of the many small files that a page asks for would cost more than they.
        asset = assets.kept(name) or await asyncio.to_thread(assets.find, name)
        if asset is None:
            raise HTTPException(404, f"no file {name!r}")
        return _answer(request, version, asset)


def _add_page(app: FastAPI, boards: Boards, page: Page[Any]) -> None:
    @app.get(f"/plants/{{plant}}/{page.name}", include_in_schema=False)
    @needs(Role.viewer)
    async def sheet_page(request: Request, plant: str, ask: Annotated[Ask, Query()]) -> Response:
        board, pages = find_board(boards, plant), find_pages(boards, plant)
        language = language_of(request)
        position = board.quiet.position
        view = await pages.view(page, ask, language)
        head = pages.records.head
        values = {
            "plant": plant,
            "name": head.name,
            "page": page.name,
            "title": table(language)[f"{page.name}.title"],
            "position": position,
            **_places(plant, page.name),
        }
        data = {"view": view.decode(), "words": _json(dict(table(language)))}
        return answer_page(request, "sheet", values, data=data)


async def _now_page(request: Request, plant: str, board: Board) -> Response:
    language = language_of(request)
    position, view = await board.view(language)
    name = (await board.now()).plant.name
    data = {"view": view.decode(), "words": _json(dict(table(language)))}
    values = {"plant": plant, "name": name, "page": "now", "position": position}
    return answer_page(request, "now", {**values, **_places(plant, "now")}, data=data)


def _places(plant: str, here: str) -> dict[str, str]:
    """Where each page is, and which of them this one is."""
    home = f"/plants/{quote(plant, safe='')}"
    names = [page.name for page in PAGES]
    places = {"at_now": home, **{f"at_{name}": f"{home}/{name}" for name in names}}
    marks = {f"on_{name}": "page" if name == here else "false" for name in ("now", *names)}
    return places | marks


def _answer(request: Request, version: str, asset: assets.Asset) -> Response:
    is_current = version == assets.digest()
    age = f"public, max-age={YEAR_S}, immutable" if is_current else "no-cache"
    headers = {"Cache-Control": age, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        body = gzip.decompress(asset.gzipped)
        return Response(body, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.gzipped, media_type=asset.media_type, headers=headers)


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)
