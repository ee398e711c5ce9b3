"""Every benchmark in its short form, one after the other: `make bench`."""

from __future__ import annotations

import runpy
import sys

SHORT = {
    "benchmarks.agent": [],
    "benchmarks.agent_load": ["--seconds", "20"],
    "benchmarks.chain": [],
    "benchmarks.simulator": [],
    "benchmarks.endurance": ["--minutes", "2"],
    "benchmarks.ingest": ["--readings", "40000"],
    "benchmarks.pages": ["--quick"],
    "benchmarks.savings": ["--meters", "20"],
    "benchmarks.coverage": ["--repetitions", "2000"],
    "benchmarks.verdicts": ["--repetitions", "600"],
    "benchmarks.reach": ["--repetitions", "300"],
}


def main() -> None:
    """Run them; their tables go to standard output."""
    for module, options in SHORT.items():
        sys.stdout.write(f"\n== {module} {' '.join(options)}\n")
        sys.stdout.flush()
        sys.argv = [module, *options]
        runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
