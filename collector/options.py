"""Options that several commands share, and what they open."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from plant.broker import BrokerAddress, parse_broker
from plant.calendar import day_start_ms, local_date
from plant.errors import CleanlineError, StoreError, UsageError
from plant.terminal import harmless, harmless_json, print_error

if TYPE_CHECKING:
    from collector.ledger import Ledger
    from collector.store import Store
    from plant.description import Plant

DONE, ANSWER_IS_NO, USED_WRONGLY = 0, 1, 2
Language = Literal["en", "vi"]


def make_parser(name: str, says: str, *, has_languages: bool = False) -> argparse.ArgumentParser:
    """A parser with the options that every command of the collector has.

    has_languages: whether what the command tells is told in Vietnamese too.
    """
    parser = argparse.ArgumentParser(prog=f"cleanline {name}", description=says)
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of store and ledger")
    parser.add_argument("--store", metavar="URL", help="influxdb://HOST:PORT/DATABASE")
    if has_languages:
        parser.add_argument("--lang", choices=["en", "vi"], default="en", help="language of texts")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def add_authorship(parser: argparse.ArgumentParser, reason: str) -> None:
    """Add ``--author`` and ``--reason``; `reason` says what the reason is for."""
    parser.add_argument("--author", metavar="NAME", help="who does this; default the login name")
    parser.add_argument("--reason", metavar="TEXT", default="", help=reason)


def login_name() -> str:
    """Who is logged in, or the user's number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def now_ms() -> int:
    """The clock of this computer: UTC milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A store and a ledger, open."""

    store: Store
    ledger: Ledger
    data: Path

    def note_change(self, plant: Plant, action: str, detail: str) -> None:
        """Enter into the audit log what a command changed, under whoever is logged in."""
        _enter(self.ledger, plant, action, detail=detail)

    def warn_of_unfinished(self, plant: Plant, command: str) -> None:
        """Say when a day that is over waits for the collector: what is told now may change."""
        today = local_date(now_ms(), plant.zone)
        if self.ledger.derivation.awaits(plant.id, day_start_ms(today, plant.zone)):
            print_error(
                f"{command}: readings of past days are stored and not derived yet, so figures "
                "may change; let the collector run, then repeat this"
            )


def enter_audit(data: Path, plant: Plant, action: str, *, detail: str) -> None:
    """Enter into a data folder's audit log what was done without opening the ledger.

    It was done already: where it cannot be entered, that is said, and no fault.
    """
    from collector.ledger import Ledger  # noqa: PLC0415 - help needs none of it
    from collector.ledger.book import LEDGER_FILE  # noqa: PLC0415

    if not (data / LEDGER_FILE).exists():
        print_error(f"{action}: no ledger in {data}, so no audit log says so; give --data")
        return
    try:
        ledger = Ledger(data)
        try:
            _enter(ledger, plant, action, detail=detail)
        finally:
            ledger.close()
    except StoreError as error:
        print_error(f"{action}: done, and not in the audit log: {error}")


def _enter(ledger: Ledger, plant: Plant, action: str, *, detail: str) -> None:
    from collector.ledger import AuditLine  # noqa: PLC0415

    line = AuditLine(now_ms(), login_name(), "command line", plant.id, action, detail)
    ledger.audit.add(line)


@contextmanager
def opened(arguments: argparse.Namespace, plant: Plant, *, writes: bool = True) -> Iterator[Opened]:
    """Store and ledger that the options name, closed at the end.

    Whoever does not write finds them empty where there are none, and makes none.
    """
    from collector.ledger import Ledger  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415

    with ExitStack() as stack:
        data = data_dir(arguments.data, plant)
        if not writes and not data.exists():
            data = Path(stack.enter_context(TemporaryDirectory()))
        ledger = Ledger(data)
        stack.callback(ledger.close)
        store = open_store(arguments.store, data)
        stack.callback(store.close)
        yield Opened(store, ledger, data)


def data_dir(given: Path | None, plant: Plant) -> Path:
    """Where store and ledger lie: ``--data``, ``CLEANLINE_DATA``, or beside the plant file."""
    if given is not None:
        return given
    named = os.environ.get("CLEANLINE_DATA")
    return Path(named) if named else plant.data_dir


def load_plants(paths: Sequence[Path]) -> dict[str, Plant]:
    """Plants by id; a folder means every plant file in it, or one folder below."""
    from plant.check import load_plant  # noqa: PLC0415

    files = [file for path in paths for file in _plant_files(path)]
    plants: dict[str, Plant] = {}
    for file in files:
        plant = load_plant(file)
        if plant.id in plants:
            raise UsageError(
                f"plant {plant.id!r} stands in {plants[plant.id].path} and {file}; keep one"
            )
        plants[plant.id] = plant
    return plants


def _plant_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted({*path.glob("plant.toml"), *path.glob("*/plant.toml")})
    if not found:
        raise UsageError(f"folder {path}: no plant.toml in it; name a plant file")
    return found


def broker_of(url: str | None, plants: Sequence[Plant]) -> BrokerAddress | None:
    """The broker: ``--broker``, else the one that all the plant files name.

    None where no plant has a gateway: imported amounts need none.
    """
    named = {plant.broker.url for plant in plants if plant.broker}
    if url is None and not named and not any(plant.gateways for plant in plants):
        return None
    if url is None and len(named) != 1:
        what = "no plant file names a broker" if not named else "the plant files name several"
        raise UsageError(f"{what}; give --broker mqtt://host:1883")
    return parse_broker(url or named.pop())


def print_json(value: Any) -> None:
    """One JSON text on standard output."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(harmless_json(text) + "\n")


def print_line(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(harmless(text) + "\n")


def guarded(command: Callable[[], int]) -> int:
    """The exit code of a command; an error is said in one line and is 2."""
    try:
        return command()
    except CleanlineError as error:
        print_error(error)
        return USED_WRONGLY
