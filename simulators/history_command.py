"""`cleanline simulate history SCENARIO`: the readings that the meters would have given."""

import signal
import sys
from dataclasses import asdict
from typing import NoReturn

from plant.broker import parse_broker
from plant.ending import be_gone_soon
from plant.errors import UsageError
from simulators.history import HistorySender, Sent
from simulators.options import add_span, parser, span, write_json
from simulators.packs import History
from simulators.progress import Progress
from simulators.scenario import load_scenario

_INTERRUPTED = 130  # what a shell expects after Ctrl-C


def main(argv: list[str]) -> int:
    """Send the history and wait until it is stored; 1 when some of it was set aside."""
    options = parser(
        "history",
        "Send what the meters would have shown every 15 minutes, as packs through MQTT,\n"
        "and end when the collector has stored them all.",
    )
    add_span(options, months=True)
    options.add_argument("--broker", metavar="URL", help="default: the plant file's broker")
    args = options.parse_args(argv)
    scenario = load_scenario(args.scenario)
    url = args.broker or (scenario.plant.broker and scenario.plant.broker.url)
    if not url:
        raise UsageError("the plant file names no broker; give --broker mqtt://host:1883")
    start_ms, end_ms = span(args, scenario)
    sigterm = signal.signal(signal.SIGTERM, _stop)
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
    write_json(asdict(total))
    return 1 if total.aside else 0


def _stop(*_: object) -> NoReturn:
    """End as Ctrl-C does, within seconds."""
    be_gone_soon(_INTERRUPTED)
    raise KeyboardInterrupt
