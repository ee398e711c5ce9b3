"""The login page, logging out, and a screen's token exchanged for a cookie."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Literal, TypedDict
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from dashboards.access.gate import ABSOLUTE_MS, SCREEN_S, Access, WaitError, cookie_name
from dashboards.access.roles import public
from dashboards.answers import answer_page, language_of, read_form
from dashboards.words import say

MOST_AT_ONCE = 2  # passwords that are checked at the same time; each takes 64 MiB


class _Marks(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


def add_login(app: FastAPI, access: Access) -> None:
    """Add the routes by which people come and go."""
    checking = asyncio.Semaphore(MOST_AT_ONCE)

    @app.get("/login", include_in_schema=False)
    @public
    async def login_page(request: Request) -> Response:
        if access.is_open:
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        return _login_page(request, HTTPStatus.OK, "", following=request.query_params.get("next"))

    @app.post("/login", include_in_schema=False)
    @public
    async def login(request: Request) -> Response:
        if access.is_open:
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        if not access.door.is_open_to(request.scope):
            detail = "passwords are taken over HTTPS alone"
            return JSONResponse({"detail": detail}, HTTPStatus.FORBIDDEN)
        form = await read_form(request)
        caller = request.state.caller
        old = request.cookies.get(cookie_name(caller))
        name, following = form.get("name", "").strip(), form.get("next")
        try:
            async with checking:
                secret = await asyncio.to_thread(
                    access.log_in, name, form.get("password", ""), address=caller.address, old=old
                )
        except WaitError as wait:
            return _wait_page(request, wait.wait_ms, following=following)
        if secret is None:
            said = say("login.wrong", language_of(request))
            return _login_page(request, HTTPStatus.UNAUTHORIZED, said, following=following)
        entered = RedirectResponse(_local(following), HTTPStatus.SEE_OTHER)
        _set_cookie(entered, request, secret, age_s=ABSOLUTE_MS // 1000)
        return entered

    @app.post("/logout", include_in_schema=False)
    @public
    async def logout(request: Request) -> Response:
        name = cookie_name(request.state.caller)
        answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        secret = request.cookies.get(name)
        if secret and not access.is_open:
            await asyncio.to_thread(access.log_out, secret, address=request.state.caller.address)
        answer.delete_cookie(name, **_marks(request))
        return answer


def ask_to_log_in(request: Request) -> Response:
    """The way to the login page for a person, 401 for a program."""
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if not is_page:
        detail = {"detail": "log in first, or give a token: Authorization: Bearer ..."}
        headers = {"WWW-Authenticate": "Bearer"}
        return JSONResponse(detail, HTTPStatus.UNAUTHORIZED, headers)
    query = request.url.query
    following = request.url.path + (f"?{query}" if query else "")
    asked = {} if following == "/" else {"next": following}
    if lang := request.query_params.get("lang"):
        asked["lang"] = lang
    where = "/login" + ("?" + urlencode(asked) if asked else "")
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


def exchange(request: Request, access: Access, *, is_known: bool) -> Response:
    """The same address without its token, and a cookie in its place; who has one keeps it."""
    rest = [(k, v) for k, v in request.query_params.multi_items() if k != "token"]
    where = request.url.path + ("?" + urlencode(rest) if rest else "")
    answer = RedirectResponse(where, HTTPStatus.SEE_OTHER)
    if not is_known:
        secret = access.admit_screen(request.query_params["token"])
        if secret is None:
            detail = "this token is not known here, or was revoked"
            return JSONResponse({"detail": detail}, HTTPStatus.UNAUTHORIZED)
        _set_cookie(answer, request, secret, age_s=SCREEN_S)
    return answer


def _login_page(
    request: Request, status: HTTPStatus, said: str, *, following: str | None
) -> Response:
    values = {"said": said, "next": _local(following)}
    return answer_page(request, "login", values, status=status)


def _wait_page(request: Request, wait_ms: int, *, following: str | None) -> Response:
    said = say("login.wait", language_of(request), minutes=-(-wait_ms // 60_000))
    answer = _login_page(request, HTTPStatus.TOO_MANY_REQUESTS, said, following=following)
    answer.headers["Retry-After"] = str(-(-wait_ms // 1000))
    return answer


def _set_cookie(answer: Response, request: Request, secret: str, *, age_s: int) -> None:
    name = cookie_name(request.state.caller)
    answer.set_cookie(name, secret, max_age=age_s, **_marks(request))


def _marks(request: Request) -> _Marks:
    secure = request.state.caller.encrypted
    return {"path": "/", "secure": secure, "httponly": True, "samesite": "strict"}


def _local(address: str | None) -> str:
    """An address of this server, whatever was asked to follow."""
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\"):
        return "/"
    return address if address.isprintable() else "/"
