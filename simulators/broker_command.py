"""`cleanline simulate broker`: an MQTT 5 broker for tests and trials; nothing is installed."""

import signal
import sys
import tempfile
from pathlib import Path

from plant.errors import CleanlineError
from plant.ports import port_number
from simulators.embedded_broker import run_broker
from simulators.options import OneLine


def main(argv: list[str]) -> int:
    """Serve until SIGINT or SIGTERM ends the process."""
    options = OneLine(
        prog="cleanline simulate broker",
        description="An MQTT 5 broker on loopback until Ctrl-C; it keeps nothing on disk.",
    )
    options.add_argument("--port", type=port_number, default=1883, help="default 1883")
    args = options.parse_args(argv)
    # The broker runs outside Python, which would never come to raise KeyboardInterrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(f"mqtt://127.0.0.1:{args.port}; Ctrl-C ends it\n")
        sys.stdout.flush()
        try:
            run_broker(Path(folder), args.port)
        except OSError as error:
            raise CleanlineError(
                f"cannot listen on 127.0.0.1:{args.port}: {error}; choose another --port"
            ) from error
    return 0
