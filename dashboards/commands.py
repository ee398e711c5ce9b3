"""`cleanline collector`: the collector, with its pages beside it in the same process."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from collector.entry_points import collector_main
from plant.ports import port_or_any

if TYPE_CHECKING:
    from collector.service import Collector

LOOPBACK = "127.0.0.1"
PORT = 8080
log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    """Run the collector and serve its pages until SIGTERM or Ctrl-C."""
    return collector_main(argv, _serve, add_options=_add_options)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default=LOOPBACK, help="address of the pages")
    add("--port", type=port_or_any, default=PORT, help="port of the pages; 0: any free one")
    add("--tls-cert", type=Path, metavar="FILE", help="certificate of the pages, PEM, with chain")
    add("--tls-key", type=Path, metavar="FILE", help="its key, PEM, readable by its owner alone")
    add(
        "--behind-proxy",
        nargs="?",
        const=LOOPBACK,
        metavar="ADDRESS",
        help="a proxy at this address, or on this computer, ends TLS before the pages",
    )
    add(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="a host name of the pages; may be given more than once",
    )


def _serve(collector: Collector, arguments: argparse.Namespace) -> Callable[[], None]:
    from dashboards.access.entrance import entrance  # noqa: PLC0415
    from dashboards.serve import Certificate, listen, serve  # noqa: PLC0415

    door = entrance(
        arguments.host,
        has_certificate=arguments.tls_cert is not None and arguments.tls_key is not None,
        proxy=arguments.behind_proxy,
        names=arguments.name,
        has_accounts=collector.ledger.accounts.exist,
    )
    certificate = Certificate(arguments.tls_cert, arguments.tls_key) if door.tls else None
    listening = listen(arguments.host, arguments.port)
    server = serve(collector, listening, door=door, certificate=certificate, ready=_tell)
    return server.close


def _tell(address: str) -> None:
    log.info("pages=served address=%s", address)
