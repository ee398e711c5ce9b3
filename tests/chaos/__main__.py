"""`make chaos`: faults by seed on the real chain, and every reading counted.

python -m tests.chaos [--seed N] [--faults 200] [--store sqlite|influx|both] [--keep]
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from tests.chaos.run import Run
from tests.chaos.stack import StoreKind


def main() -> int:
    """Run, print the table; 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="of the faults; default a new one, printed")
    parser.add_argument("--faults", type=int, default=200, help="in each run (default 200)")
    parser.add_argument("--store", choices=[*get_args(StoreKind), "both"], default="both")
    parser.add_argument("--gap", type=float, default=1.5, help="mean time between faults [s]")
    parser.add_argument("--lasts", type=float, default=2.5, help="mean time that one lasts [s]")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a sound run too")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    kinds: list[StoreKind] = (
        list(get_args(StoreKind)) if options.store == "both" else [options.store]
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and what was begun is ended
    # Each runs, whatever became of the one before.
    sound = [_run(kind, seed, options=options) for kind in kinds]
    return 0 if all(sound) else 1


def _run(kind: StoreKind, seed: int, *, options: argparse.Namespace) -> bool:
    folder = Path(tempfile.mkdtemp(prefix=f"cleanline-chaos-{kind}-"))
    sys.stdout.write(f"== {kind}, seed {seed}, {options.faults} faults, in {folder}\n")
    run = Run(folder, kind, seed=seed, say=_say)
    outcome = run.go(options.faults, gap_s=options.gap, lasts_s=options.lasts)
    sys.stdout.write(outcome.table() + "\n")
    for told in outcome.verdict.told():
        sys.stdout.write(f"{told}\n")
    if outcome.is_sound and not options.keep:
        shutil.rmtree(folder)
    return outcome.is_sound


def _say(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S.%f} {text}\n")


if __name__ == "__main__":
    sys.exit(main())
