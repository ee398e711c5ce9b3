"""A scenario that is served as the options say, from its files to the verdict at its end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from plant.calendar import day_start_ms
from simulators.clock import Watch
from simulators.counting import Counting
from simulators.documents import Documents
from simulators.faults.board import Board
from simulators.lines import BusServers, Line
from simulators.scenario import Scenario, scenario_of
from simulators.serve import bus_servers, serve
from simulators.serve_options import clock_of, for_s, tls_context


@dataclass(frozen=True)
class Served:
    """A scenario with its servers, which do not listen yet."""

    scenario: Scenario
    board: Board
    watch: Watch
    servers: BusServers

    def run(self, args: argparse.Namespace) -> int:
        """Serve until SIGINT or SIGTERM or the time is over; 1 when a check finds a difference."""
        judged = args.check is not None or args.junit is not None
        with contextlib.ExitStack() as stack:
            if args.control is not None:
                from simulators.control import Control, serve_control  # noqa: PLC0415

                control = Control(self.scenario, self.board, now_s=self.watch.clock.now_s)
                stack.enter_context(serve_control(control, args.control))
            ends_s = for_s(args)
            if args.check is not None:
                from simulators.judging import look_for_collector  # noqa: PLC0415

                if ends_s is None:
                    ends_s = self.left_s()
                look_for_collector(args.check, self.scenario, ends_s)
            asyncio.run(serve(self.servers, self._announce, for_s=ends_s, judged=judged))
        if not judged:
            return 0
        from simulators.judging import judge  # noqa: PLC0415

        return judge(self.scenario, self.servers, self.watch, url=args.check, junit=args.junit)

    def left_s(self) -> float | None:
        """Until the scenario's own time is over [s, real time]; None where it never is, or was."""
        until, clock = self.scenario.file.until, self.watch.clock
        if until is None or clock.speed == 0:
            return None
        end_ms = day_start_ms(until + timedelta(days=1), self.scenario.plant.zone)
        left_s = (end_ms / 1000 - clock.now_s()) / clock.speed
        return left_s if left_s > 0 else None

    def _announce(self, servers: BusServers) -> None:
        buses = ", ".join(f"{a} ({len(bus.units)} units)" for a, bus in servers.buses.items())
        sys.stdout.write(f"{self.scenario.plant.id}: {buses}; Ctrl-C ends it\n")
        sys.stdout.flush()


def load_served(
    path: Path, documents: Documents, counting: Counting | None, *, args: argparse.Namespace
) -> Served:
    """What is to be served; whatever is wrong with the files or the options is told."""
    scenario = _scenario(path, documents, counting)
    clock = clock_of(args, scenario.plant.zone)
    watch = Watch(clock, time.time())
    board = scenario.board()
    others = _between(args, board, clock.now_s)
    servers = bus_servers(
        scenario,
        clock,
        args.port_base,
        board=board,
        tls=tls_context(args),
        others=others,
        counting=counting,
    )
    return Served(scenario, board, watch, servers)


def meters_told(
    path: Path, documents: Documents, counting: Counting | None, *, args: argparse.Namespace
) -> str:
    """Where each meter is and what it shows, in lines."""
    from simulators.meter_table import meter_table  # noqa: PLC0415

    scenario = _scenario(path, documents, counting)
    at_s = clock_of(args, scenario.plant.zone).now_s()
    timeline = scenario.timeline() if counting is None else counting.finish(at_s)
    return meter_table(scenario, timeline, at_s, port_base=args.port_base)


def _scenario(path: Path, documents: Documents, counting: Counting | None) -> Scenario:
    process = None if counting is None else counting.timeline.process
    return scenario_of(path, documents, process)


def _between(args: argparse.Namespace, board: Board, now_s: Callable[[], float]) -> list[Line]:
    """What stands between agent and store, to be struck by faults."""
    found: list[Line] = []
    if args.broker_port is None and args.database_port is None:
        return found
    from simulators.relay import BrokerLine, database_relay  # noqa: PLC0415
    from simulators.supervisor import free_port  # noqa: PLC0415

    if args.broker_port is not None:
        found.append(BrokerLine(args.broker_port, free_port(0), board, now_s))
    if args.database_port is not None:
        found.append(database_relay(args.database_port, args.database, board, now_s=now_s))
    return found
