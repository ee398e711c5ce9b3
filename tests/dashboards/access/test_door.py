"""Under which names, from whom, and over what the pages are served."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from dashboards.access import Role
from dashboards.access.door import Door
from dashboards.access.entrance import entrance
from plant.errors import UsageError

pytestmark = pytest.mark.slow

API = "/api/v1/plants/north/now"


def _entrance(host: str, **changes: Any) -> Door:
    given: dict[str, Any] = {
        "has_certificate": False,
        "proxy": None,
        "names": [],
        "has_accounts": False,
    }
    return entrance(host, **given | changes)


def test_on_loopback_nothing_is_asked() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        assert _entrance(host).is_loopback


@pytest.mark.parametrize(
    ("host", "options", "wanted"),
    [
        ("0.0.0.0", {"has_accounts": True}, "--tls-cert"),
        ("192.168.1.5", {"has_accounts": True}, "--tls-cert"),
        ("plant.example", {"has_accounts": True}, "--tls-cert"),
        ("0.0.0.0", {"has_certificate": True}, "cleanline user add"),
        ("127.0.0.1", {"proxy": "127.0.0.1", "names": ["a.example"]}, "cleanline user add"),
        ("127.0.0.1", {"proxy": "127.0.0.1", "has_accounts": True}, "--name"),
        ("127.0.0.1", {"proxy": "nginx", "names": ["a.example"], "has_accounts": True}, "address"),
        (
            "0.0.0.0",
            {"proxy": "10.0.0.2", "has_certificate": True, "has_accounts": True},
            "not both",
        ),
    ],
)
def test_beyond_loopback_the_pages_start_only_with_accounts_and_tls(
    host: str, options: dict[str, Any], wanted: str
) -> None:
    with pytest.raises(UsageError, match=wanted):
        _entrance(host, **options)


def test_with_accounts_and_tls_the_pages_start_anywhere() -> None:
    door = _entrance("0.0.0.0", has_certificate=True, has_accounts=True, names=["Plant.Example"])
    assert (door.tls, door.is_loopback, door.names) == (True, False, {"plant.example"})
    door = _entrance("0.0.0.0", proxy="10.0.0.2", has_accounts=True, names=["plant.example"])
    assert door.proxy == ip_address("10.0.0.2")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8080", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("localhost.evil.example:8080", 421),
        ("192.168.1.5", 421),
        ("localhost:8080@evil.example", 421),
        ("", 421),
    ],
)
def test_a_name_that_is_not_served_is_refused_on_loopback_too(
    site: Any, host: str, status: int
) -> None:
    assert site.call(API, host=host).status == status


def test_beyond_loopback_the_own_address_and_the_given_names_are_served(site: Any) -> None:
    site.add_user("ana", north=Role.viewer)
    site.open(Door(tls=True, is_loopback=False, names=frozenset({"plant.example"})))
    for host, status in (
        ("plant.example:8443", 401),
        ("PLANT.example", 401),
        ("192.168.1.5", 401),
        ("192.168.1.6", 421),
        ("localhost", 421),
    ):
        assert site.call(API, host=host, server="192.168.1.5").status == status, host


def test_only_the_declared_proxys_word_is_taken(site: Any) -> None:
    site.add_user("ana", north=Role.viewer)
    site.open(Door(proxy=ip_address("10.0.0.2"), names=frozenset({"a.example"})))
    told = {"host": "a.example", "x_forwarded_proto": "https"}
    assert site.call(API, client="10.0.0.2", **told).status == 401
    assert site.call(API, client="10.0.0.2", host="a.example").status == 403  # not over TLS
    assert site.call(API, client="10.0.0.3", **told).status == 403  # not the proxy
    assert site.log_in("ana", client="10.0.0.3", **told).status == 403
    entered = site.log_in("ana", client="10.0.0.2", x_forwarded_for="1.2.3.4, 5.6.7.8", **told)
    assert entered.cookie.startswith("__Host-")
    assert site.ledger.audit.newest()[0].address == "5.6.7.8"


def test_without_a_declared_proxy_nobodys_word_is_taken(site: Any) -> None:
    site.add_user("ana", north=Role.viewer)
    answer = site.log_in("ana", x_forwarded_proto="https", x_forwarded_for="1.2.3.4")
    assert answer.cookie.startswith("cleanline=")
    assert "strict-transport-security" not in answer.headers
    assert site.ledger.audit.newest()[0].address == "127.0.0.1"


@pytest.mark.parametrize("name", ["x_forwarded_for", "forwarded", "via", "x_real_ip"])
def test_what_an_undeclared_proxy_passes_on_is_not_taken_for_this_computers_own(
    site: Any, name: str
) -> None:
    """Many proxies ask for the pages under the loopback address that they were told."""
    answer = site.call(API, host="127.0.0.1:8080", **{name: "203.0.113.7"})
    assert answer.status == 403
    assert b"--behind-proxy" in answer.body
    site.add_user("ana", north=Role.viewer)
    assert site.call(API, host="127.0.0.1:8080", **{name: "203.0.113.7"}).status == 401


def test_behind_a_proxy_nothing_is_open_though_it_listens_on_loopback(site: Any) -> None:
    site.open(Door(proxy=ip_address("127.0.0.1"), names=frozenset({"a.example"})))
    assert site.call(API, host="a.example", x_forwarded_proto="https").status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "none"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:9090"}, 403),
        ({"cookie": "cleanline=x"}, 403),  # a browser that says nothing, with a cookie
        ({"sec_fetch_site": "cross-site", "origin": "http://localhost:8080"}, 403),
        ({"sec_fetch_site": "same-origin"}, 303),
        ({"origin": "http://localhost:8080", "cookie": "cleanline=x"}, 303),
        ({}, 303),  # no browser
    ],
)
def test_a_page_of_another_site_changes_nothing(
    site: Any, headers: dict[str, str], status: int
) -> None:
    assert site.call("/logout", method="POST", **headers).status == status


def test_a_request_of_two_lengths_is_refused_and_the_last_of_its_connection(site: Any) -> None:
    """A proxy that went by the other length would take the rest for somebody else's request."""
    both = {"content-length": "6", "transfer-encoding": "chunked"}
    answer = site.call("/login", method="POST", **both)
    assert answer.status == 400
    assert answer.headers["connection"] == "close"


def test_a_body_beyond_what_pages_send_is_refused(site: Any) -> None:
    site.add_user("ana", north=Role.viewer)
    answer = site.call("/login", method="POST", form={"name": "x" * (1 << 20)})
    assert answer.status == 413
