"""Every route against every role, against none, and against people of another plant.

The routes are those of the application, so that one that is added without a role fails here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from dashboards.access import Role
from dashboards.access.guard import Guard
from dashboards.access.roles import Need, need_of

pytestmark = pytest.mark.slow

PUBLIC = {"/login", "/logout", "/healthz", "/favicon.ico", "/static/{version}/{name}"}
ROLES = [role.name for role in Role]
REFUSED = {303, 401, 403, 404}


class Reached:
    """Stands where the application is: says that the guard let a request through."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def through(site: Any, ask: Callable[..., Any]) -> Callable[..., int]:
    """`through(route, who=..., plant=...)`: the status, 299 where the guard lets it through."""
    for role in Role:
        site.add_user(role.name, north=role)
        site.add_user(f"{role.name}-of-south", south=role)
        site.add_user(f"{role.name}-of-elsewhere", elsewhere=role)
    site.add_token("screen", "north")
    guard = Guard(Reached(), site.access, site.plants)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["app"] = site.app
        await guard(scope, receive, send)

    sessions: dict[str, str] = {}

    def go(route: Any, who: str | None, plant: str = "north") -> int:
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: plant if m[1] == "plant" else "1", route.path)
        query = "" if "{plant}" in route.path else f"?plant={plant}"
        headers = {}
        if who == "screen":
            headers = {"authorization": "Bearer screen"}
        elif who is not None:
            if who not in sessions:
                sessions[who] = site.log_in(who).cookie
            headers = {"cookie": sessions[who], "sec_fetch_site": "same-origin"}
        method = min(route.methods)
        return int(ask(app, path + query, method=method, **headers).status)

    return go


def _routes(site: Any) -> list[Any]:
    found = [route for route in site.app.routes if getattr(route, "path", None)]
    assert len(found) > 12
    return found


def test_every_route_declares_the_role_that_it_needs(site: Any) -> None:
    undeclared = [route.path for route in _routes(site) if need_of(route.endpoint) is None]
    assert undeclared == [], "write @needs(Role.viewer) below the route's decorator"


def test_only_the_door_itself_is_open_to_everybody(site: Any) -> None:
    public = {r.path for r in _routes(site) if need_of(r.endpoint) == Need(None)}
    assert public == PUBLIC


def test_what_changes_something_needs_more_than_looking(site: Any) -> None:
    for route in _routes(site):
        if not route.methods <= {"GET", "HEAD"} and route.path not in PUBLIC:
            need = need_of(route.endpoint)
            assert need is not None, route.path
            assert need.role is not None, route.path
            assert need.role >= Role.engineer, route.path


def test_every_route_is_closed_to_whom_it_does_not_name(
    site: Any, through: Callable[..., int]
) -> None:
    asked = 0
    for route in _routes(site):
        need = need_of(route.endpoint)
        assert need is not None
        for who in (None, "screen", *ROLES):
            held = Role.viewer if who == "screen" else Role[who] if who else None
            allowed = need.role is None or (held is not None and held >= need.role)
            status = through(route, who)
            case = f"{route.methods} {route.path} as {who}: {status}"
            assert status == 299 if allowed else status in REFUSED, case
            asked += 1
    assert asked > 70


def test_nobody_reaches_another_plant(site: Any, through: Callable[..., int]) -> None:
    for route in _routes(site):
        need = need_of(route.endpoint)
        assert need is not None
        if need.role is None:
            continue
        for role in ROLES:
            status = through(route, f"{role}-of-elsewhere")
            assert status == 404, f"{route.path} as {role} of a plant that is not served: {status}"
            if need.where == "plant":
                status = through(route, f"{role}-of-south")
                assert status == 404, f"{route.path} of north as {role} of south: {status}"
                assert through(route, role, plant="south") == 404, route.path


def test_a_route_that_declares_nothing_is_closed_to_the_administrator(site: Any) -> None:
    @site.app.get("/forgotten")
    async def forgotten() -> str:
        return "secret"

    site.add_user("ana", north=Role.administrator, south=Role.administrator)
    answer = site.call("/forgotten", cookie=site.log_in("ana").cookie)
    assert answer.status == 403
    assert b"secret" not in answer.body


def test_the_list_of_plants_holds_those_that_one_may_see(site: Any) -> None:
    site.add_user("ana", south=Role.viewer)
    answer = site.call("/api/v1/plants", cookie=site.log_in("ana").cookie)
    assert answer.body == b'[{"plant":"south","name":"Plant south"}]'
    assert b'data-plant="south"' in site.call("/", cookie=site.log_in("ana").cookie).body
