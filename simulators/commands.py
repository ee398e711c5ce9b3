"""`cleanline simulate`: serve a simulated plant, write its past, tell its truth."""

import argparse
import asyncio
import json
import signal
import sys
import time
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from plant.broker import parse_broker
from plant.calendar import day_start_ms, iso, to_ms
from plant.errors import UsageError
from simulators.clock import start_clock
from simulators.history import HistorySender, Sent
from simulators.packs import History
from simulators.progress import Progress
from simulators.report import truth_report
from simulators.scenario import Scenario, load_scenario
from simulators.serve import bus_servers, serve
from simulators.server import BusServers

_EPILOG = """\
cleanline simulate SCENARIO            serve the plant's meters over Modbus TCP
cleanline simulate history SCENARIO    send the readings that they would have given
cleanline simulate truth SCENARIO      what was really consumed, made and saved
"""


def main(argv: list[str]) -> int:
    """Run `cleanline simulate`; the exit code. CleanlineError says what failed."""
    verbs = {"history": _history, "truth": _truth}
    verb = argv[0] if argv and argv[0] in verbs else None
    return verbs[verb](argv[1:]) if verb else _serve(argv)


def _parser(verb: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"cleanline simulate{verb}",
        description=description,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", type=Path, help="a scenario file (TOML)")
    return parser


def _serve(argv: list[str]) -> int:
    parser = _parser("", "Serve a simulated plant's meters over Modbus TCP until Ctrl-C.")
    parser.add_argument(
        "--port-base",
        type=int,
        metavar="N",
        help="listen on 127.0.0.1:N, N+1, ... instead of the plant file's addresses",
    )
    parser.add_argument("--at", metavar="TIME", help="begin at this time (ISO 8601); default now")
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="pass X times as fast (default 1)"
    )
    args = parser.parse_args(argv)
    if args.speed < 0:
        raise UsageError(f"--speed {args.speed:g}: time does not run backwards; give 0 or more")
    scenario = load_scenario(args.scenario)
    zone = scenario.plant.zone
    begin_s = _instant_ms(args.at, zone) / 1000 if args.at else time.time()
    clock = start_clock(begin_s, speed=args.speed, monotonic_s=time.monotonic)
    servers = bus_servers(scenario, clock, args.port_base)
    asyncio.run(serve(servers, lambda ready: _announce(scenario, ready)))
    return 0


def _announce(scenario: Scenario, servers: BusServers) -> None:
    buses = ", ".join(f"{a} ({len(bus.units)} units)" for a, bus in servers.buses.items())
    sys.stdout.write(f"{scenario.plant.id}: {buses}; Ctrl-C ends it\n")
    sys.stdout.flush()


def _history(argv: list[str]) -> int:
    parser = _parser(
        " history",
        "Send what the meters would have shown every 15 minutes, as packs through MQTT,\n"
        "and end when the collector has stored them all.",
    )
    _add_span(parser, months=True)
    parser.add_argument("--broker", metavar="URL", help="default: the plant file's broker")
    args = parser.parse_args(argv)
    scenario = load_scenario(args.scenario)
    url = args.broker or (scenario.plant.broker and scenario.plant.broker.url)
    if not url:
        raise UsageError("the plant file names no broker; give --broker mqtt://host:1883")
    start_ms, end_ms = _span(args, scenario)
    sigterm = signal.signal(signal.SIGTERM, signal.default_int_handler)
    total = Sent()
    try:
        for gateway in scenario.plant.gateways:
            history = History(scenario, gateway, start_ms, end_ms)
            progress = Progress(f"history {gateway}", sys.stderr)
            sender = HistorySender(
                parse_broker(url), history, progress=progress.show, warn=progress.warn
            )
            total += sender.run()
            progress.end()
    finally:
        signal.signal(signal.SIGTERM, sigterm)
    _write_json(asdict(total))
    return 1 if total.aside else 0


def _truth(argv: list[str]) -> int:
    parser = _parser(" truth", "What the simulated plant really consumed, made and saved.")
    _add_span(parser, months=False)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args(argv)
    scenario = load_scenario(args.scenario)
    start_ms, end_ms = _span(args, scenario)
    report = truth_report(scenario, start_ms, end_ms)
    if args.json:
        _write_json(report)
    else:
        sys.stdout.write(_as_table(report) + "\n")
    return 0


def _as_table(report: dict[str, dict[str, dict[str, object]]]) -> str:
    lines = [f"{'':24}{'used':>16}{'without':>16}{'saved':>9}"]
    for group in ("totals", "claims"):
        for name, row in report[group].items():
            share = row["share"]
            saved = f"{100 * share:8.2f} %" if isinstance(share, float) else ""
            lines.append(
                f"{name:24}{row['actual']:16,.1f}{row['without']:16,.1f}{saved}  {row['unit']}"
            )
    return "\n".join(lines)


def _add_span(parser: argparse.ArgumentParser, *, months: bool) -> None:
    parser.add_argument(
        "--from", dest="start", metavar="TIME", help="a date or time; default the scenario's origin"
    )
    parser.add_argument("--to", dest="end", metavar="TIME", help="a date or time; default now")
    if months:
        parser.add_argument(
            "--months", type=int, metavar="N", help="instead of --from: N whole months before --to"
        )


def _span(args: argparse.Namespace, scenario: Scenario) -> tuple[int, int]:
    """The span that was asked for, in UTC milliseconds."""
    zone = scenario.plant.zone
    end_ms = _instant_ms(args.end, zone) if args.end else int(time.time() * 1000)
    start_ms = (
        _instant_ms(args.start, zone) if args.start else day_start_ms(scenario.file.origin, zone)
    )
    if getattr(args, "months", None):
        start_ms = day_start_ms(_months_before(end_ms, args.months, zone=zone), zone)
    if start_ms >= end_ms:
        raise UsageError(f"from {iso(start_ms)} to {iso(end_ms)} is no span; give --from and --to")
    return start_ms, end_ms


def _months_before(end_ms: int, months: int, *, zone: ZoneInfo) -> date:
    """The first day of the month so many whole months before the one of an instant."""
    day = datetime.fromtimestamp(end_ms / 1000, zone).date().replace(day=1)
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _instant_ms(text: str, zone: ZoneInfo) -> int:
    """UTC milliseconds of a date or time, in the plant's zone when it names none."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no date or time; write 2025-01-31 or 2025-01-31T06:00"
        ) from error
    return to_ms(instant if instant.tzinfo else instant.replace(tzinfo=zone))


def _write_json(content: object) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()
