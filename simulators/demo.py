"""`cleanline demo`: the whole chain as separate commands, each as a user would type it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import sys
import time
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from plant.broker import parse_broker
from plant.errors import UsageError
from plant.ports import port_number
from simulators.chain import Chain, Ports
from simulators.demo_plant import write_demo
from simulators.options import duration_s
from simulators.outcome import Outcome
from simulators.supervisor import STOPPING, PartError, Supervisor, free_port

_HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
_WANTED = {"broker": 1883, "pages": 8080, "panel": 15020, "field": 15021}


def main(argv: list[str]) -> int:
    """Run the demonstration; 0 when every stage worked and nothing was lost."""
    args = _arguments(argv)
    for_s = duration_s(args.duration) if args.duration else None
    for number in STOPPING:  # a shell may start us with SIGINT ignored
        signal.signal(number, _interrupt)
    folder = args.folder.resolve() / f"run-{os.getpid()}"
    supervisor = Supervisor(folder)
    outcome = Outcome(begun_s=time.monotonic())
    try:
        _make_fresh(folder)
        ports = _ports(args.port, args.broker, say=not args.json)
        dates = write_demo(
            folder,
            datetime.now(_HANOI).date(),
            broker=ports.broker_url,
            addresses=[f"127.0.0.1:{port}" for port in ports.modbus],
        )
        chain = Chain(
            supervisor,
            folder,
            ports=ports,
            dates=dates,
            outcome=outcome,
            screen=None if args.json else _say,
        )
        with chain.broker():
            chain.bring_up()
            chain.watch(for_s)
            chain.wind_down()
    except PartError as error:
        outcome.failure = str(error)
    except KeyboardInterrupt:
        pass
    finally:
        for number in STOPPING:  # `timeout` asks twice, and who is impatient more often
            signal.signal(number, signal.SIG_IGN)
        supervisor.stop_all()
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return _report(outcome, as_json=args.json, timed=for_s is not None)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "cleanline demo",
        description="A simulated tapioca-starch plant, live, with fourteen months behind it: "
        "simulator, broker, agent and collector as separate processes. Ctrl-C ends all of it.",
    )
    add = parser.add_argument
    add(
        "--for",
        dest="duration",
        metavar="TIME",
        help="end by itself, 60s or 2min after the start, but not before history is stored",
    )
    add("--json", action="store_true", help="no screen; one JSON object at the end")
    add("--broker", metavar="URL", help="use this broker, mqtt://host:port, not the embedded one")
    add("--port", type=port_number, default=_WANTED["pages"], help="of the pages (default 8080)")
    add("--folder", type=Path, default=Path("demo"), help="where its files lie (default demo/)")
    add("--keep", action="store_true", help="keep the files after the end")
    return parser.parse_args(argv)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _make_fresh(folder: Path) -> None:
    """Make the folder of this run; those of runs that were killed are cleared away."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.glob("run-*"):
        if old == folder or not _is_alive(old.name.removeprefix("run-")):
            shutil.rmtree(old, ignore_errors=True)
    folder.mkdir()


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True  # somebody else's: not ours to clear away
    return True


def _ports(pages: int, broker: str | None, *, say: bool) -> Ports:
    if broker is not None:
        _look_for(broker)
    wanted = {**_WANTED, "pages": pages}
    found = {
        name: free_port(port) for name, port in wanted.items() if name != "broker" or not broker
    }
    for name, port in found.items():
        if say and port != wanted[name]:
            _say(f"port {wanted[name]} ({name}) is taken: using {port}")
    return Ports(
        broker_url=broker or f"mqtt://127.0.0.1:{found['broker']}",
        embedded=found.get("broker"),
        pages=found["pages"],
        modbus=(found["panel"], found["field"]),
    )


def _look_for(broker: str) -> None:
    """Whether anybody listens at the broker's address; UsageError when nobody does."""
    address = parse_broker(broker)
    try:
        socket.create_connection((address.host, address.port), timeout=5).close()
    except OSError as error:
        raise UsageError(
            f"no broker at {address}: {error.strerror or error}; start it, or leave --broker out "
            "to use the embedded one"
        ) from error


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _report(outcome: Outcome, *, as_json: bool, timed: bool) -> int:
    if as_json:
        body: dict[str, Any] = outcome.as_json()
        sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
    elif outcome.failure:
        _say(outcome.failure)
    elif outcome.is_settled:
        _say(outcome.sentence())
    if outcome.failure:
        return 1
    return 0 if outcome.is_good or not timed else 1
