"""`cleanline simulate SCENARIO`: serve the meters of a plant that is not there."""

import argparse
import asyncio
import contextlib
import ssl
import sys
import time
from pathlib import Path

from plant.errors import UsageError
from simulators.clock import start_clock
from simulators.control import Control, serve_control
from simulators.faults.catalogue import listed
from simulators.lines import BusServers
from simulators.options import instant_ms, parser
from simulators.scenario import Scenario, load_scenario
from simulators.scenario_file import read_documents, shipped_scenarios
from simulators.serve import bus_servers, serve


def main(argv: list[str]) -> int:
    """Serve until SIGINT or SIGTERM."""
    options = parser("", "Serve a simulated plant's meters over Modbus TCP until Ctrl-C.")
    options.add_argument(
        "--port-base",
        type=int,
        metavar="N",
        help="listen on 127.0.0.1:N, N+1, ... instead of the plant file's addresses",
    )
    options.add_argument("--at", metavar="TIME", help="begin at this time (ISO 8601); default now")
    options.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="pass X times as fast (default 1)"
    )
    options.add_argument(
        "--control",
        type=int,
        metavar="PORT",
        help="let faults be switched at this port of 127.0.0.1 (`simulate fault`)",
    )
    add = options.add_argument
    add("--tls-cert", type=Path, metavar="FILE", help="certificate of a bus with framer tls")
    add("--tls-key", type=Path, metavar="FILE", help="its key, when not in the same file")
    add("--tls-clients", type=Path, metavar="FILE", help="who signs the clients that are let in")
    options.add_argument(
        "--list-faults",
        action=_ListFaults,
        nargs=0,
        help="every kind, and where it was met",
    )
    options.add_argument(
        "--list", action=_ListScenarios, nargs=0, help="the shipped scenarios, and what they are"
    )
    args = options.parse_args(argv)
    if args.speed < 0:
        raise UsageError(f"--speed {args.speed:g}: time does not run backwards; give 0 or more")
    scenario = load_scenario(args.scenario)
    begin_s = instant_ms(args.at, scenario.plant.zone) / 1000 if args.at else time.time()
    clock = start_clock(begin_s, speed=args.speed, monotonic_s=time.monotonic)
    board = scenario.board()
    servers = bus_servers(scenario, clock, args.port_base, board=board, tls=tls_context(args))
    with contextlib.ExitStack() as stack:
        if args.control is not None:
            control = Control(scenario, board, now_s=clock.now_s)
            stack.enter_context(serve_control(control, args.control))
        asyncio.run(serve(servers, lambda ready: _announce(scenario, ready)))
    return 0


def tls_context(args: argparse.Namespace) -> ssl.SSLContext | None:
    """What a line over TLS shows and asks for; None when no certificate was named.

    Modbus/TCP Security asks for both ends' certificates, and for TLS 1.2 or newer.
    """
    if args.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(args.tls_cert, args.tls_key)
        if args.tls_clients is not None:
            context.load_verify_locations(args.tls_clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise UsageError(f"--tls-cert {args.tls_cert}: {error}; give PEM files") from error
    return context


class _ListScenarios(argparse.Action):
    """Prints the shipped scenarios and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        for path in shipped_scenarios():
            sys.stdout.write(f"{path.stem:28} {read_documents(path).scenario.content['says']}\n")
        parser.exit()


class _ListFaults(argparse.Action):
    """Prints the catalogue and ends, as --help does."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(listed() + "\n")
        parser.exit()


def _announce(scenario: Scenario, servers: BusServers) -> None:
    buses = ", ".join(f"{a} ({len(bus.units)} units)" for a, bus in servers.buses.items())
    sys.stdout.write(f"{scenario.plant.id}: {buses}; Ctrl-C ends it\n")
    sys.stdout.flush()
