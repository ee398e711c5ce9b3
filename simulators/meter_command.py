"""`cleanline simulate meter MODEL ...`: serve models on one bus, without a plant file."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from simulators.bench import write_bench
from simulators.options import OneLine
from simulators.serve_command import add_running, run
from simulators.toml_text import Table

_PORT = 1502
_EXAMPLES = """\
  cleanline simulate meter eastron-sdm630                           127.0.0.1:1502, unit 1
  cleanline simulate meter eastron-sdm630 abb-b23 --port-base 5020  units 1 and 2
  cleanline simulate meter eastron-sdm630 --serial /tmp/line        RTU, on a pseudo-terminal
  cleanline simulate meter eastron-sdm630 --framer tls --tls-cert server.pem
  cleanline simulate meter eastron-sdm630 --meters                  what a reader should find
`cleanline meters` lists the models.
"""


def main(argv: list[str]) -> int:
    """Serve until SIGINT or SIGTERM or the time is over."""
    options = OneLine(
        prog="cleanline simulate meter",
        description="Serve meters of these models on one bus, as units 1, 2, ...",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "models", nargs="+", metavar="MODEL", help="a model that `cleanline meters` lists"
    )
    options.add_argument("--serial", metavar="PATH",
        help="a serial device, or the path at which to make a pseudo-terminal")  # fmt: skip
    options.add_argument("--baud", type=int, default=9600, metavar="N", help="default 9600")
    options.add_argument("--framer", choices=["socket", "rtu", "ascii", "tls"],
        help="default socket over TCP, rtu on a serial line")  # fmt: skip
    add_running(options)
    args = options.parse_args(argv)
    with TemporaryDirectory() as folder:
        return run(write_bench(args.models, _bus(args), Path(folder)), args)


def _bus(args: argparse.Namespace) -> Table:
    place: Table = {"tcp": f"127.0.0.1:{args.port_base or _PORT}"}
    if args.serial is not None:
        place = {"serial": str(Path(args.serial).absolute()), "baud": args.baud, "data_bits": 8}
    return place | ({"framer": args.framer} if args.framer else {})
