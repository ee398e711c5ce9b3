"""`cleanline simulate fault`: switch a fault of a running simulator."""

import argparse
import json
import sys
import urllib.error
import urllib.request
from typing import Any

from plant.errors import CleanlineError, UsageError
from plant.ports import port_number
from simulators.options import OneLine, write_json

_EXAMPLES = """\
  cleanline simulate SCENARIO --control 9100
  cleanline simulate fault 9100                                    what is at work
  cleanline simulate fault 9100 silence meter=drying for=30s       begin one
  cleanline simulate fault 9100 end 1                              end it
Every kind: cleanline simulate --list-faults
"""


def main(argv: list[str]) -> int:
    """Ask the simulator that listens at a control port; print its answer."""
    parser = OneLine(
        prog="cleanline simulate fault",
        description="Switch a fault of a simulator that runs with --control.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("port", type=port_number, help="the simulator's control port")
    parser.add_argument("kind", nargs="?", help="a kind of fault, or end")
    parser.add_argument("values", nargs="*", metavar="KEY=VALUE", help="or the number to end")
    args = parser.parse_args(argv)
    url = f"http://127.0.0.1:{args.port}/faults"
    if args.kind is None:
        answer = _ask("GET", url)
    elif args.kind == "end":
        answer = [_ask("DELETE", f"{url}/{number}") for number in args.values]
    else:
        table: dict[str, str | int] = {"kind": args.kind}
        table |= dict(_pair(text) for text in args.values)
        answer = _ask("POST", url, json.dumps(table).encode())
    if answer not in (None, [None]):
        write_json(answer)
    sys.stdout.flush()
    return 0


def _pair(text: str) -> tuple[str, str | int]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text!r}: write key=value, such as meter=drying")
    is_number = value.isdecimal() and key not in ("meter", "bus", "gateway", "point")
    return key, int(value) if is_number else value


def _ask(method: str, url: str, body: bytes | None = None) -> Any:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise UsageError(json.load(error)["error"]) from error
    except OSError as error:
        raise CleanlineError(f"{url}: {error}; start the simulator with --control PORT") from error
