"""`cleanline simulate`: a thin door; each verb loads only what it needs."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from plant.errors import UsageError


class Verb(NamedTuple):
    """Where a verb lives, and what it is for."""

    module: str
    summary: str


VERBS = {
    "meter": Verb("simulators.meter_command", "serve meters of any model, without a plant file"),
    "truth": Verb("simulators.truth_command", "what was really consumed, made and saved"),
    "check": Verb("simulators.check_command", "compare what a collector says with the truth"),
    "write": Verb("simulators.write_command", "write a scenario's plant file and its other files"),
    "fault": Verb("simulators.fault_command", "switch a fault of a running simulator"),
    "broker": Verb("simulators.broker_command", "an MQTT broker that nobody has to install"),
    "fleet": Verb("simulators.fleet_command", "serve many plants at once, for load"),
    "replay": Verb("simulators.replay_command", "serve a plant's own log as registers"),
    "history": Verb("simulators.history_command", "send the readings that meters would have given"),
}
SERVE = "simulators.serve_command"


def main(argv: list[str]) -> int:
    """Run `cleanline simulate`; the exit code. CleanlineError says what failed."""
    # No product of matrices here is large, and threads for them double the time numpy loads in.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    verb = VERBS.get(argv[0]) if argv else None
    if verb is None and argv:
        _check_verb(argv[0])
    module = importlib.import_module(verb.module if verb else SERVE)
    run: Callable[[list[str]], int] = module.main
    return run(argv[1:] if verb else argv)


def _check_verb(word: str) -> None:
    """UsageError where a verb is misspelt, and no scenario has that name."""
    near = importlib.import_module("difflib").get_close_matches(word, VERBS, n=1, cutoff=0.7)
    if (
        near
        and not importlib.import_module("simulators.documents").find_scenario(Path(word)).exists()
    ):
        raise UsageError(f"cleanline simulate: no verb {word!r}; did you mean {near[0]}?")
