"""`cleanline simulate write SCENARIO FOLDER`: a scenario as files that stand alone."""

import sys
from pathlib import Path

from simulators.options import parser
from simulators.scenario import write_scenario


def main(argv: list[str]) -> int:
    """Write plant.toml for agent and collector, and process.toml and scenario.toml beside it."""
    options = parser("write", "Write a scenario's plant file, process file and scenario file.")
    options.add_argument(
        "folder", type=Path, help="the folder to write to; made if it is not there"
    )
    args = options.parse_args(argv)
    written = write_scenario(args.scenario, args.folder)
    sys.stdout.write(f"{written.parent}: plant.toml, process.toml, scenario.toml\n")
    return 0
