"""How the pages are reached: under which names, through which proxy, encrypted or not.

Pure functions of a request's scope. A name that is not served is refused, also on loopback: a
page of another site could otherwise reach this server under a name of its own (DNS rebinding).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What proxies add, most of them unasked.
PASSED_ON = frozenset(
    {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)
SUBSCRIBER_BITS = 64  # of an IPv6 address, which one customer of a network may choose at will


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from, as far as it can be trusted."""

    address: str
    encrypted: bool
    origin: str  # of the pages, as the caller names them


@dataclass(frozen=True, slots=True)
class Door:
    """What the server listens on. proxy: the only peer whose word on TLS and callers is taken."""

    tls: bool = False
    proxy: Address | None = None
    names: frozenset[str] = field(default_factory=frozenset)
    is_loopback: bool = True

    def caller(self, scope: Scope) -> Caller:
        """Who calls, and how."""
        headers = Headers(scope=scope)
        peer = (scope.get("client") or ("", 0))[0]
        encrypted = self.tls
        if self.is_from_proxy(scope):
            encrypted = headers.get("x-forwarded-proto", "").strip().lower() == "https"
            hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",")]
            peer = hops[-1] if plain_address(hops[-1]) is not None else peer
        scheme = "https" if encrypted else "http"
        return Caller(peer, encrypted, f"{scheme}://{headers.get('host', '').lower()}")

    def is_from_proxy(self, scope: Scope) -> bool:
        """Whether the declared proxy passed this on."""
        peer = (scope.get("client") or ("", 0))[0]
        return self.proxy is not None and plain_address(peer) == self.proxy

    def is_open_to(self, scope: Scope) -> bool:
        """Whether a request came as it must: encrypted, or never leaving this computer."""
        if self.proxy is not None:
            return self.is_from_proxy(scope) and self.caller(scope).encrypted
        return self.tls or self.is_loopback

    def knows(self, scope: Scope) -> bool:
        """Whether the name that was asked for is one of this server's."""
        name = _host_name(Headers(scope=scope).get("host", ""))
        if name in self.names:
            return True
        local = plain_address((scope.get("server") or ("", 0))[0])
        asked = plain_address(name)
        if asked is not None:
            return asked == local or (asked.is_loopback and _is_loopback(local))
        return name == "localhost" and _is_loopback(local)


def is_foreign(scope: Scope, caller: Caller) -> bool:
    """Whether a request that changes something was made by a page of another origin.

    Browsers say where a request comes from: ``Sec-Fetch-Site``, and ``Origin``. One that says
    neither is no browser of this decade, and is taken only without a cookie, which is what a
    forged request lives on.
    """
    headers = Headers(scope=scope)
    if scope["method"] in SAFE:
        return False
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site != "same-origin"
    if origin is not None:
        return origin.lower() != caller.origin
    return "cookie" in headers


def is_passed_on(scope: Scope) -> bool:
    """Whether a request says that a proxy handed it on: its peer is not who asks."""
    return not PASSED_ON.isdisjoint(Headers(scope=scope).keys())


def neighbourhood(address: str) -> str:
    """Where one caller may move at will: an IPv4 address, a network of 64 bits in IPv6."""
    found = plain_address(address)
    if not isinstance(found, IPv6Address):
        return address
    return str(IPv6Address(int(found) >> SUBSCRIBER_BITS << SUBSCRIBER_BITS))


def _host_name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and ":" not in name else host


def plain_address(text: object) -> Address | None:
    """The IP address that a text is, IPv4 where it is mapped into IPv6; None for any other."""
    try:
        found = ip_address(str(text))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_loopback(address: Address | None) -> bool:
    return address is not None and address.is_loopback
