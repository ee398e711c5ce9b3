"""`make fuzz`: every target under atheris, in a process of its own with bounded memory and time.

python -m tests.fuzz [--seconds 400] [--target NAME] [--corpus build/fuzz]

Nine targets of 400 s are an hour. An input that breaks one is written to the corpus and named.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from pathlib import Path

from plant.errors import CleanlineError

MEMORY_MIB, ONE_INPUT_S = 2048, 20
NAMES = (
    *("plant", "model", "csv", "workbook", "senml"),
    *("answer", "registers", "evidence", "archive", "http"),
)


def main() -> int:
    """Fuzz all targets; 1 when one broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=400, help="for each target")
    parser.add_argument("--target", choices=NAMES, help="only this one, in this process")
    parser.add_argument("--corpus", type=Path, default=Path("build/fuzz"))
    options = parser.parse_args()
    if options.target:
        _fuzz(options.target, options.corpus / options.target, options.seconds)
        return 0
    broken = []
    for name in NAMES:
        command = [sys.executable, "-m", "tests.fuzz", "--target", name]
        rest = ["--seconds", str(options.seconds), "--corpus", str(options.corpus)]
        done = subprocess.run([*command, *rest], capture_output=True, text=True, check=False)
        last = [line for line in done.stderr.splitlines() if line.strip()]
        sys.stdout.write(f"{name:10} {'sound' if done.returncode == 0 else 'BROKEN'}\n")
        if done.returncode:
            broken.append(name)
            sys.stdout.write("\n".join(last[-30:]) + "\n")
        sys.stdout.flush()
    return bool(broken)


def _fuzz(name: str, corpus: Path, seconds: int) -> None:
    import atheris  # noqa: PLC0415 - an extra, and only here

    with atheris.instrument_imports(include=["plant", "collector", "dashboards"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented

    target = TARGETS[name]
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)

    def one_input(content: bytes) -> None:
        with contextlib.suppress(CleanlineError):
            target.read(content)

    bounds = [
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-timeout={ONE_INPUT_S}",
        f"-artifact_prefix={corpus.parent}/{name}-",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *bounds], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
