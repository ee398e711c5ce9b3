"""All HTTP: pages, the API under ``/api/v1`` with its OpenAPI document, one stream of events.

Nothing here computes: boards do, once for everybody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.middleware.gzip import GZipMiddleware

from dashboards import assets
from dashboards.access import Access
from dashboards.access.guard import Guard
from dashboards.access.login import add_login
from dashboards.api import add_api, add_operation
from dashboards.board import Board
from dashboards.changes import add_changes
from dashboards.document import ANSWERS, complete
from dashboards.downloads import add_downloads
from dashboards.entry_routes import add_entries
from dashboards.formats import LANGUAGES
from dashboards.headers import SafeHeaders
from dashboards.operation import Operation
from dashboards.site import add_site
from plant.errors import CleanlineError

log = logging.getLogger(__name__)


def create_app(
    boards: Mapping[str, Board],
    access: Access,
    *,
    operation: Operation | None = None,
    ready: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The application that shows these plants, by id, to those whom `access` lets in.

    operation: watches the collector beside it; None: there is none.
    ready: called once what is asked first has been computed.
    """
    app = FastAPI(
        title="Cleanline",
        summary="Consumption per unit of product, live, against the baseline",
        version="1",
        openapi_url=None,  # the document is a route of the API; its pages load others' scripts
        docs_url=None,
        redoc_url=None,
        responses=ANSWERS,
        lifespan=lambda _: _running(boards.values(), ready),
    )
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Guard, access=access, plants=boards)
    app.add_middleware(SafeHeaders, door=access.door)
    app.add_exception_handler(CleanlineError, _unavailable)
    app.add_exception_handler(RequestValidationError, _unfit)
    add_login(app, access)
    add_api(app, boards)
    add_downloads(app, boards)
    add_changes(app, boards)
    add_entries(app, boards)
    if operation is not None:
        add_operation(app, operation)
    add_site(app, boards)
    complete(app)
    return app


@asynccontextmanager
async def _running(boards: Collection[Board], ready: Callable[[], None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(board.run()) for board in boards]
    warming = asyncio.create_task(_warm(boards, ready))
    yield
    for board in boards:
        board.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, warming, return_exceptions=True)


async def _warm(boards: Iterable[Board], ready: Callable[[], None]) -> None:
    """Compute what the first reader would wait for: each page Now, then the files."""
    for board in boards:
        try:
            for language in LANGUAGES:
                await board.view(language)
        except Exception as error:  # whoever asks is told; the pages are served all the same
            log.warning("page=not-computed reason=%r", str(error))
    ready()
    await asyncio.to_thread(assets.find_all)


async def _unavailable(_: Request, error: Exception) -> Response:
    """A store that does not answer is said in its own sentence."""
    return JSONResponse({"detail": str(error)}, status_code=503)


async def _unfit(_: Request, error: Exception) -> Response:
    """What does not fit, without what was sent: that may be no JSON (NaN), or a secret."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is added for these
    faults = [{key: fault[key] for key in ("loc", "msg", "type")} for fault in error.errors()]
    return JSONResponse({"detail": faults}, HTTPStatus.UNPROCESSABLE_ENTITY)
