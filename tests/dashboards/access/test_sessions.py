"""Logging in and out, how long it lasts, and what a token of a screen opens."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import MagicMock

import pytest

from dashboards.access import Role
from dashboards.access.door import Door
from dashboards.access.gate import ABSOLUTE_MS, FAILURES_ACCOUNT, FAILURES_ADDRESS, IDLE_MS
from dashboards.access.identity import RECHECK_MS, while_allowed
from dashboards.access.throttle import WINDOW_MS

pytestmark = pytest.mark.slow

API = "/api/v1/plants/north/now"


@pytest.fixture
def ana(site: Any) -> Any:
    """The site, with one user."""
    site.add_user("ana", north=Role.engineer)
    return site


def test_without_accounts_loopback_is_open_and_the_first_account_closes_it(site: Any) -> None:
    assert site.call(API).status == 200
    site.add_user("ana", north=Role.engineer)
    assert site.call(API).status == 401


def test_a_person_is_sent_to_the_login_page_and_back_where_she_was(ana: Any, password: str) -> None:
    answer = ana.call("/plants/north?lang=vi", accept="text/html")
    assert (answer.status, answer.headers["location"]) == (
        303,
        "/login?next=%2Fplants%2Fnorth%3Flang%3Dvi&lang=vi",
    )
    page = ana.call("/login?next=%2Fplants%2Fnorth&lang=vi").body.decode()
    assert "Đăng nhập" in page
    assert 'name="next" value="/plants/north"' in page
    form = {"name": "ana", "password": password, "next": "/plants/north?lang=vi"}
    answer = ana.call("/login", method="POST", form=form)
    assert (answer.status, answer.headers["location"]) == (303, "/plants/north?lang=vi")
    page = ana.call("/plants/north", cookie=answer.cookie).body.decode()
    assert 'data-who="ana"' in page


@pytest.mark.parametrize(
    "following", ["//evil.example/", "/\\evil.example", "https://evil", "a\nb"]
)
def test_the_way_back_never_leaves_this_server(ana: Any, password: str, following: str) -> None:
    form = {"name": "ana", "password": password, "next": following}
    assert ana.call("/login", method="POST", form=form).headers["location"] == "/"


def test_the_cookie_is_for_this_server_alone_and_no_script(ana: Any) -> None:
    marks = ana.log_in("ana").headers["set-cookie"].lower()
    assert "httponly" in marks
    assert "samesite=strict" in marks
    assert "path=/" in marks
    assert "domain" not in marks
    ana.open(Door(tls=True, is_loopback=False))
    answer = ana.log_in("ana")
    assert answer.cookie.startswith("__Host-cleanline=")
    assert "; secure" in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" in answer.headers


def test_neither_cookie_nor_password_nor_token_stands_in_the_ledger(
    ana: Any, password: str
) -> None:
    secret = ana.log_in("ana").cookie.partition("=")[2]
    ana.add_token("hall-secret", "north")
    ana.ledger.accounts.revoke("hall-secret")  # its name was the secret too
    ana.ledger.close()
    held = b"".join(file.read_bytes() for file in ana.folder.glob("ledger.sqlite*"))
    assert len(secret) > 40
    assert secret.encode() not in held
    assert password.encode() not in held
    assert b"$argon2id$" in held


def test_a_wrong_password_says_no_more_than_an_unknown_name(ana: Any) -> None:
    wrong, unknown = ana.log_in("ana", "not this one"), ana.log_in("bob", "not this one")
    assert wrong.status == unknown.status == 401
    assert wrong.body == unknown.body
    assert "set-cookie" not in wrong.headers


def test_logging_in_again_gives_another_session_and_ends_the_old_one(ana: Any) -> None:
    first = ana.log_in("ana").cookie
    second = ana.log_in("ana", cookie=first, sec_fetch_site="same-origin").cookie
    assert first != second
    assert ana.call(API, cookie=first).status == 401
    assert ana.call(API, cookie=second).status == 200


def test_a_session_made_up_by_another_is_not_taken_over(ana: Any) -> None:
    planted = "cleanline=chosen-by-somebody-else"
    answer = ana.log_in("ana", cookie=planted, sec_fetch_site="same-origin")
    assert answer.cookie not in ("", planted)
    assert ana.call(API, cookie=planted).status == 401


def test_logging_out_ends_the_session_everywhere(ana: Any) -> None:
    cookie = ana.log_in("ana").cookie
    answer = ana.call("/logout", method="POST", cookie=cookie, sec_fetch_site="same-origin")
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert ana.call(API, cookie=cookie).status == 401


def test_a_session_ends_when_it_is_not_used(ana: Any) -> None:
    cookie = ana.log_in("ana").cookie
    for _ in range(3):
        ana.now_ms += IDLE_MS - 1
        assert ana.call(API, cookie=cookie).status == 200
    ana.now_ms += IDLE_MS
    assert ana.call(API, cookie=cookie).status == 401


def test_a_session_ends_after_a_week_however_much_it_is_used(ana: Any) -> None:
    cookie, began_ms = ana.log_in("ana").cookie, ana.now_ms
    while ana.now_ms + IDLE_MS // 2 < began_ms + ABSOLUTE_MS:
        ana.now_ms += IDLE_MS // 2
        assert ana.call(API, cookie=cookie).status == 200
    ana.now_ms = began_ms + ABSOLUTE_MS
    assert ana.call(API, cookie=cookie).status == 401


def test_another_password_or_a_removed_user_ends_the_sessions(ana: Any) -> None:
    cookie = ana.log_in("ana").cookie
    ana.ledger.accounts.set_password("ana", "another hash")
    assert ana.call(API, cookie=cookie).status == 401
    ana.add_user("bob", north=Role.viewer)
    cookie = ana.log_in("bob").cookie
    assert ana.call(API, cookie=cookie).status == 200
    ana.ledger.accounts.remove("bob")
    assert ana.call(API, cookie=cookie).status == 401


def test_a_role_that_is_taken_away_counts_at_once(ana: Any) -> None:
    cookie = ana.log_in("ana").cookie
    ana.ledger.accounts.set_roles("ana", {"north": None, "south": "viewer"})
    assert ana.call(API, cookie=cookie).status == 404
    assert ana.call("/api/v1/plants/south/now", cookie=cookie).status == 200


def test_guessing_is_stopped_for_the_account_from_wherever_it_comes(
    ana: Any, password: str
) -> None:
    for i in range(FAILURES_ACCOUNT):
        assert ana.log_in("ana", f"guess {i}", client=f"10.0.0.{i}").status == 401
    answer = ana.log_in("ana", password, client="10.0.1.1")
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) == WINDOW_MS // 1000
    ana.now_ms += WINDOW_MS
    assert ana.log_in("ana", password, client="10.0.1.1").status == 303


def test_who_got_in_has_all_guesses_again(ana: Any, password: str) -> None:
    for i in range(FAILURES_ACCOUNT + 1):
        assert ana.log_in("ana", "mistyped", client=f"10.0.0.{i}").status == 401
        assert ana.log_in("ana", password, client=f"10.0.0.{i}").status == 303


def test_guessing_is_stopped_for_an_address_whatever_the_name(ana: Any, password: str) -> None:
    for i in range(FAILURES_ADDRESS):
        assert ana.log_in(f"name-{i}", "guess", client="10.0.0.9").status == 401
    assert ana.log_in("ana", password, client="10.0.0.9").status == 429
    assert ana.log_in("ana", password, client="10.0.0.8").status == 303


def test_who_has_a_whole_ipv6_network_has_no_more_guesses(ana: Any, password: str) -> None:
    for i in range(FAILURES_ADDRESS):
        assert ana.log_in(f"name-{i}", "guess", client=f"2001:db8:1:2::{i:x}").status == 401
    assert ana.log_in("ana", password, client="2001:db8:1:2:ffff::1").status == 429
    assert ana.log_in("ana", password, client="2001:db8:1:3::1").status == 303
    assert ana.ledger.audit.newest()[0].address == "2001:db8:1:3::1"


def test_a_token_in_the_address_is_exchanged_for_a_cookie_and_leaves_the_address(ana: Any) -> None:
    ana.add_token("hall", "north")
    answer = ana.call("/plants/north?wall=1&token=hall&lang=vi")
    assert (answer.status, answer.headers["location"]) == (303, "/plants/north?wall=1&lang=vi")
    assert "hall" not in answer.headers["set-cookie"]
    page = ana.call("/plants/north?wall=1", cookie=answer.cookie)
    assert page.status == 200
    assert b'data-who=""' in page.body  # a screen cannot log out
    ana.now_ms += 30 * ABSOLUTE_MS
    assert ana.call(API, cookie=answer.cookie).status == 200
    ana.ledger.accounts.revoke("hall")
    assert ana.call(API, cookie=answer.cookie).status == 401


def test_a_token_in_a_header_reads_its_plant_until_it_is_revoked(ana: Any) -> None:
    ana.add_token("hall", "north")
    assert ana.call(API, authorization="Bearer hall").status == 200
    assert ana.call("/api/v1/plants/south/now", authorization="Bearer hall").status == 404
    assert ana.call(API, authorization="Bearer other").status == 401
    ana.ledger.accounts.revoke("hall")
    assert ana.call(API, authorization="Bearer hall").status == 401


def test_a_wrong_token_opens_nothing(ana: Any) -> None:
    answer = ana.call("/plants/north?token=none")
    assert answer.status == 401
    assert "set-cookie" not in answer.headers


def test_a_stream_that_is_open_ends_with_its_session(ana: Any) -> None:
    """Without this a revoked screen would go on to show what comes in."""
    ana.add_token("hall", "north")
    request = MagicMock()
    request.headers, request.cookies = {"authorization": "Bearer hall"}, {}
    request.state.access, request.state.goal.plants = ana.access, ("north",)

    async def told() -> Any:
        yield b"one"
        yield b"two"
        ana.ledger.accounts.revoke("hall")
        ana.now_ms += RECHECK_MS
        yield b"three"

    async def heard() -> list[bytes]:
        return [part async for part in while_allowed(request, told())]

    assert asyncio.run(heard()) == [b"one", b"two"]


def test_who_came_and_who_was_refused_stands_in_the_audit_log(ana: Any) -> None:
    ana.log_in("ana", "wrong", client="10.0.0.7")
    cookie = ana.log_in("ana").cookie
    ana.call("/logout", method="POST", cookie=cookie, sec_fetch_site="same-origin")
    lines = [(line.who, line.address, line.action) for line in ana.ledger.audit.newest()]
    assert lines == [
        ("ana", "127.0.0.1", "logout"),
        ("ana", "127.0.0.1", "login"),
        ("ana", "10.0.0.7", "login refused"),
    ]
