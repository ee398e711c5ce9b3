"""Whether the pages may be served where they were asked to be: never open beyond this computer."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from dashboards.access.door import Door, plain_address
from plant.errors import UsageError


def entrance(
    host: str,
    *,
    has_certificate: bool,
    proxy: str | None,
    names: Sequence[str],
    has_accounts: bool,
) -> Door:
    """The door that the options ask for; UsageError when it would stand open.

    host: what the pages listen on. proxy: the address of one that ends TLS before them.
    """
    if has_certificate and proxy is not None:
        raise UsageError("give a certificate or --behind-proxy, not both: one of them ends TLS")
    declared = None if proxy is None else plain_address(proxy)
    if proxy is not None and declared is None:
        raise UsageError(f"--behind-proxy {proxy}: not an address; write it like 10.0.0.2")
    is_loopback = _is_loopback(host)
    if proxy is None and not is_loopback and not has_certificate:
        raise UsageError(
            f"pages on {host}: the network could read them and their passwords; give --tls-cert "
            "and --tls-key, or --behind-proxy where a proxy ends TLS, or a loopback address"
        )
    if (proxy is not None or not is_loopback) and not has_accounts:
        raise UsageError(
            f"pages on {host}: whoever reaches them could read them; first type "
            "`cleanline user add PLANT NAME --role administrator`"
        )
    if proxy is not None and not names:
        raise UsageError("--behind-proxy: say with --name under which name the proxy is asked")
    return Door(
        tls=has_certificate,
        proxy=declared,
        names=frozenset(name.lower().strip("[]") for name in names),
        is_loopback=is_loopback,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
