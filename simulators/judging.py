"""What a run is judged by at its end: who read the meters, and what a collector shows of them."""

import sys
import time
from pathlib import Path

from plant.errors import CleanlineError, UsageError
from plant.terminal import print_error
from simulators.check_command import compared_until_now
from simulators.clock import Watch
from simulators.comparison import Case
from simulators.junit import write_junit
from simulators.lines import BusServers
from simulators.live import asked_cases, event_cases, shown_cases
from simulators.scenario import Scenario
from simulators.seen import asked, events_since

_LOOK_S = 3.0


def look_for_collector(url: str, scenario: Scenario, ends_s: float | None) -> None:
    """Say whether a collector is there, and when what it says is compared."""
    when = "at Ctrl-C" if ends_s is None else f"in {ends_s:.0f} s, or at Ctrl-C"
    try:
        asked(url, scenario, timeout_s=_LOOK_S)
        found = "is there"
    except UsageError:
        raise
    except CleanlineError as error:
        found = f"does not answer yet ({error.__cause__})"
    print_error(f"--check {url}: {found}; compared {when}")


def judge(
    scenario: Scenario, servers: BusServers, watch: Watch, *, url: str | None, junit: Path | None
) -> int:
    """Compare with the collector at `url`, tell, and write; 1 when anything differs."""
    cases = list(asked_cases(servers))
    if url is not None:
        page = asked(url, scenario)
        cases += shown_cases(page, servers.meters, watch, now_s=time.time())
        if watch.clock.speed <= 1:  # a counter that runs faster than any plant is not plausible
            events = events_since(url, scenario, round(1000 * watch.started_s))
            cases += event_cases(events, servers.meters, scenario.plant.zone)
        cases += compared_until_now(url, scenario, page)
    if junit is not None:
        suite = f"cleanline simulate {scenario.plant.id}"
        write_junit(junit, suite, cases, took_s=time.time() - watch.started_s)
    return _tell(cases)


def _tell(cases: list[Case]) -> int:
    wrong = [case.difference for case in cases if case.difference is not None]
    sys.stdout.write("\n".join(wrong or [f"no difference: {len(cases)} things compared"]) + "\n")
    return 1 if wrong else 0
