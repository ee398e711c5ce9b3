"""`cleanline collector`: the collector, with its pages beside it in the same process."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable

from collector.commands import collector_main
from collector.service import Collector
from dashboards.serve import listen, serve

PORT = 8080
log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    """Run the collector and serve its pages until SIGTERM or Ctrl-C."""
    return collector_main(argv, _serve, add_options=_add_options)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address of the pages")
    parser.add_argument("--port", type=int, default=PORT, help="port of the pages; 0: any free one")
    parser.add_argument(
        "--insecure-http",
        action="store_true",
        help="serve beyond this computer, unencrypted and to everybody who asks",
    )


def _serve(collector: Collector, arguments: argparse.Namespace) -> Callable[[], None]:
    listening = listen(arguments.host, arguments.port, insecure_http=arguments.insecure_http)
    server = serve(collector, listening)
    log.info("pages=served address=%s", server.address)
    return server.close
