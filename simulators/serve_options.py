"""What every command that serves meters can be told: where, when, how fast, how long."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from plant.errors import UsageError
from plant.ports import port_number
from simulators.clock import SimulatedClock, start_clock
from simulators.options import duration_s, instant_ms

if TYPE_CHECKING:
    import ssl


def add_serving(parser: argparse.ArgumentParser, *, begin: str = "now") -> None:
    """Options of place and time; `begin` says when time begins by itself."""
    add = parser.add_argument
    add("--port-base", type=port_number, metavar="N",
        help="listen on 127.0.0.1:N, N+1, ... instead of the plant file's addresses")  # fmt: skip
    add("--at", metavar="TIME", help=f"begin at this time (ISO 8601); default {begin}")
    add(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="run X times as fast as real time (default 1)",
    )
    add("--for", dest="duration", metavar="TIME", help="end by itself, after 60s or 10min, say")
    add("--tls-cert", type=Path, metavar="FILE", help="certificate of a bus with framer tls")
    add("--tls-key", type=Path, metavar="FILE", help="its key, when not in the same file")
    add("--tls-clients", type=Path, metavar="FILE", help="who signs the clients that are let in")


def for_s(args: argparse.Namespace) -> float | None:
    """How long to serve [s, real time]; None for ever."""
    return duration_s(args.duration) if args.duration else None


def clock_of(
    args: argparse.Namespace, zone: ZoneInfo, *, begin_s: float | None = None
) -> SimulatedClock:
    """The clock that was asked for; it begins at `--at`, else at `begin_s`, else now."""
    if args.speed < 0:
        raise UsageError(f"--speed {args.speed:g}: time does not run backwards; give 0 or more")
    if args.at:
        begin_s = instant_ms(args.at, zone) / 1000
    return start_clock(
        time.time() if begin_s is None else begin_s, speed=args.speed, monotonic_s=time.monotonic
    )


def tls_context(args: argparse.Namespace) -> ssl.SSLContext | None:
    """What a line over TLS shows and asks for; None when no certificate was named.

    Modbus/TCP Security asks for both ends' certificates, and for TLS 1.2 or newer.
    """
    if args.tls_cert is None:
        return None
    import ssl  # noqa: PLC0415 - takes a while to load, and few lines speak TLS

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(args.tls_cert, args.tls_key)
        if args.tls_clients is not None:
            context.load_verify_locations(args.tls_clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise UsageError(f"--tls-cert {args.tls_cert}: {error}; give PEM files") from error
    return context
