"""Stands before every route: no request goes past without the role that the route declares."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import NamedTuple

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.access.door import SAFE, Caller, is_foreign, is_passed_on
from dashboards.access.gate import Access
from dashboards.access.identity import Identity
from dashboards.access.login import ask_to_log_in, exchange
from dashboards.access.roles import Need, Role, need_of
from plant.errors import StoreError

MOST_BODY = 1 << 20  # bytes of a request's body
log = logging.getLogger(__name__)


class Goal(NamedTuple):
    """The route that a request is for, and the plants at which the role is asked for."""

    route: str
    need: Need | None  # None: the route declares nothing
    plants: tuple[str, ...]


class Guard:
    """ASGI middleware; `plants` are those that the application shows."""

    def __init__(self, app: ASGIApp, access: Access, plants: Collection[str]) -> None:
        self._app = app
        self._access = access
        self._plants = tuple(plants)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or have it answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"no route takes {scope['type']}")
        request = Request(scope)
        try:
            refusal = self._refusal(request)
        except StoreError as error:
            refusal = _said(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        if refusal is not None:
            await refusal(scope, receive, send)
        elif scope["method"] in SAFE:
            await self._app(scope, receive, send)
        else:
            await self._change(request, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        """What is said instead of an answer; None when the request may go on."""
        caller = self._access.door.caller(request.scope)
        request.state.access, request.state.caller = self._access, caller
        request.state.identity = None
        if refusal := self._turned_away(request, caller):
            return refusal
        goal = self._goal(request)
        if goal is None:
            return None  # no such route: the application says so
        request.state.goal = goal
        if goal.need is None:
            log.error("route=%s needs=undeclared answer=403", goal.route)
            return _said(HTTPStatus.FORBIDDEN, "this route declares no role, so nobody may use it")
        return None if goal.need.role is None else self._entry(request, goal, goal.need.role)

    def _turned_away(self, request: Request, caller: Caller) -> Response | None:
        """What is said to a request that is not one of this server's own pages'."""
        if {"content-length", "transfer-encoding"} <= set(request.headers):
            # RFC 9112, 6.1: a proxy may have gone by the other one, and sees another request end.
            said = (
                "a request has one length: Content-Length and Transfer-Encoding exclude each other"
            )
            return _said(HTTPStatus.BAD_REQUEST, said, {"Connection": "close"})
        if not self._access.door.knows(request.scope):
            host = request.headers.get("host", "")[:100]
            said = f"this server is not called {host!r}; start it with --name to serve that name"
            return _said(HTTPStatus.MISDIRECTED_REQUEST, said)
        if is_passed_on(request.scope) and self._access.is_open:
            said = (
                "a proxy passed this on, and these pages stand open to this computer alone: start "
                "them with --behind-proxy ADDRESS, and with accounts"
            )
            return _said(HTTPStatus.FORBIDDEN, said)
        if is_foreign(request.scope, caller):
            return _said(HTTPStatus.FORBIDDEN, "this request came from a page of another site")
        return None

    def _entry(self, request: Request, goal: Goal, role: Role) -> Response | None:
        """What is said to somebody who may not do this; None to who may."""
        if not self._access.door.is_open_to(request.scope):
            return _said(HTTPStatus.FORBIDDEN, "these pages are served over HTTPS alone")
        identity = self._access.identity(request)
        if "token" in request.query_params:
            return exchange(request, self._access, is_known=identity is not None)
        if identity is None:
            return ask_to_log_in(request)
        request.state.identity = identity
        if _may(identity, role, goal):
            return None
        if not _may(identity, Role.viewer, goal):  # said as if it were not there
            return _said(HTTPStatus.NOT_FOUND, f"no plant {goal.plants[0]!r}")
        return _said(HTTPStatus.FORBIDDEN, f"{identity.name} may not do this here")

    def _goal(self, request: Request) -> Goal | None:
        scope = request.scope
        for route in scope["app"].routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                break
        else:
            return None
        name, need = getattr(route, "name", ""), need_of(child.get("endpoint"))
        if need is not None and need.where == "any":
            return Goal(name, need, self._plants)
        plant = child.get("path_params", {}).get("plant") or request.query_params.get("plant")
        only = self._plants[0] if len(self._plants) == 1 else ""
        return Goal(name, need, (plant or only,))

    async def _change(self, request: Request, receive: Receive, send: Send) -> None:
        """Pass on a request that changes something, and enter into the audit log that it did."""
        status = 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status < HTTPStatus.BAD_REQUEST:
                    await asyncio.to_thread(self._record, request)
            await send(message)

        await self._app(request.scope, _limited(receive), send_noted)

    def _record(self, request: Request) -> None:
        identity: Identity | None = request.state.identity
        if identity is None:
            return  # the door itself, which keeps its own record
        goal: Goal = request.state.goal
        self._access.record(
            identity.name,
            request.state.caller.address,
            action=goal.route,
            plant=goal.plants[0] if len(goal.plants) == 1 else "",
            detail=getattr(request.state, "change", ""),
        )


def _may(identity: Identity, role: Role, goal: Goal) -> bool:
    return any(identity.may(role, plant) for plant in goal.plants)


def _said(status: HTTPStatus, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"detail": sentence}, status_code=status, headers=headers)


def _limited(receive: Receive) -> Receive:
    """The same messages; 413 when their bodies come to more than a page ever sends."""
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BODY:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MOST_BODY} bytes")
        return message

    return receive_limited
