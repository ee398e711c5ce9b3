"""Scenario files, the demonstration's dates, and the command."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.errors import ScenarioFileError, UsageError
from simulators.commands import main
from simulators.demo_plant import demo_dates, write_demo
from simulators.scenario import Scenario, load_scenario

pytestmark = pytest.mark.slow

At = Callable[..., float]


def changed(kontum_path: Path, folder: Path, old: str, new: str) -> Path:
    """A copy of the shipped scenario with one text exchanged."""
    for name in ("plant.toml", "process.toml", "scenario.toml"):
        text = (kontum_path.parent / name).read_text()
        if name == "scenario.toml":
            assert old in text
            text = text.replace(old, new, 1)
        (folder / name).write_text(text)
    return folder / "scenario.toml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[meters.washing]", "[meters.wasching]", "an unknown meter"),
        ("[meters.washing]", "[meters.wasching]", "meters.washing: found nothing"),
        ('"washing.electricity"', '"washing.electricty"', "did you mean 'washing.electricity'"),
        ('"lagoon.value"', '"pond.value"', "an amount or signal of the process"),
        ("seed = 1419", "sead = 1419", "did you mean 'seed'"),
        ("washing.reuse", "washing.reuze", "improvements: found 'washing.reuze'"),
    ],
)
def test_a_fault_is_told_with_its_place(
    kontum_path: Path, tmp_path: Path, old: str, new: str, *, said: str
) -> None:
    """File, line, key, what was found, what was wanted."""
    path = changed(kontum_path, tmp_path, old, new)
    with pytest.raises(ScenarioFileError) as caught:
        load_scenario(path)
    line = next(text for text in str(caught.value).splitlines() if said in text)
    assert line.startswith(str(path))


def test_a_scenario_that_is_not_there_is_said(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(UsageError, match="name an existing TOML file"):
        load_scenario(tmp_path / "none.toml")


@given(st.dates(date(2024, 3, 1), date(2040, 12, 31)))
def test_the_demonstration_has_a_whole_baseline_year_before_its_claims(today: date) -> None:
    """History from the first of a month, fourteen whole months and the days of this one."""
    dates = demo_dates(today)
    assert dates.first.day == dates.since.day == 1
    months = (today.year - dates.first.year) * 12 + today.month - dates.first.month
    assert months == 14
    assert dates.baseline_end + timedelta(days=1) == dates.since
    assert (dates.since.year - dates.first.year) * 12 + dates.since.month - dates.first.month == 12
    assert dates.until == today - timedelta(days=1)
    assert dates.ahead > today


def test_the_demonstration_is_written_with_its_dates_broker_and_ports(tmp_path: Path) -> None:
    """And loads: plant, process and scenario agree."""
    today = date(2027, 3, 14)
    dates = write_demo(
        tmp_path, today, broker="mqtt://127.0.0.1:2883", addresses=["127.0.0.1:7001"]
    )
    scenario = load_scenario(tmp_path / "scenario.toml")
    plant = scenario.plant
    assert scenario.file.origin == dates.first == date(2026, 1, 1)
    assert {change.since for change in scenario.file.improvements.values()} == {dates.since}
    assert plant.plans["electricity"].baseline == (date(2026, 1, 1), date(2026, 12, 31))
    assert plant.claims["closed-drying"].since == date(2027, 1, 1)
    assert plant.claims["closed-drying"].last_day == date(2027, 3, 13)
    assert plant.claims["less-wastewater"].last_day == date(2027, 12, 31)
    assert plant.resources["water"].price[0].from_ == date(2026, 1, 1)
    assert plant.broker is not None
    assert plant.broker.url == "mqtt://127.0.0.1:2883"
    assert plant.bus("yard/panel").tcp == "127.0.0.1:7001"
    assert plant.bus("yard/field").tcp == "127.0.0.1:15021"


def test_a_demonstration_on_the_shipped_day_is_the_shipped_plant(
    kontum_path: Path, tmp_path: Path
) -> None:
    """Nothing but dates, addresses and the day of the weekly stop is touched."""
    write_demo(tmp_path, date(2025, 3, 1))
    for name in ("plant.toml", "process.toml", "scenario.toml"):
        written = (tmp_path / name).read_text().replace('"wednesday"', '"sunday"')
        assert written == (kontum_path.parent / name).read_text()


def test_truth_as_json_agrees_with_itself(
    kontum_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Saving is without minus actual; the claims stand beside the totals."""
    arguments = ["truth", str(kontum_path), "--from", "2025-01-01", "--to", "2025-01-11", "--json"]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    row = report["totals"]["electricity"]
    assert row["saving"] == pytest.approx(row["without"] - row["actual"])
    assert row["share"] == pytest.approx(row["saving"] / row["without"])
    assert set(report["claims"]) == {"closed-drying", "water-reuse", "less-wastewater"}


def test_truth_as_a_table_names_every_total_and_every_reading_that_must_exist(
    kontum_path: Path, kontum: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each; three days of quarter hours for each counter."""
    assert main(["truth", str(kontum_path), "--from", "2025-01-01", "--to", "2025-01-04"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in (*kontum.process.described.totals, *kontum.plant.claims):
        assert sum(line.split()[:1] == [name] and "288" not in line for line in lines) == 1
    claims = [line.split()[0] for line in lines if "a claim of" in line]
    assert claims == list(kontum.plant.claims)
    assert "incomer                              288 quarter hours with a reading" in lines


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "yesterday"], "'yesterday' is not a date or time"),
        (["--speed", "-1"], "time does not run backwards"),
        (["--at", "2023-06-01"], "begins on 2024-01-01"),
    ],
)
def test_wrong_use_is_said_in_one_line(kontum_path: Path, arguments: list[str], said: str) -> None:
    """Before anything listens."""
    with pytest.raises(UsageError, match=said) as caught:
        main([str(kontum_path), *arguments])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "kontum-starch` serves .* simulate meter .* --list` lists all"),
        (["truth"], "name a scenario: such as `cleanline simulate truth kontum-starch`"),
        (["truht", "kontum-starch"], "no verb 'truht'; did you mean truth?"),
        (["kontum-starch", "--speed", "x"], "invalid float value: 'x'; .* --help` tells more"),
        (["meter"], "required: MODEL"),
    ],
)
def test_whoever_does_not_know_the_words_is_told_them_in_one_line(
    arguments: list[str], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        main(arguments)
    assert "\n" not in str(caught.value)


def test_an_empty_span_is_refused(kontum_path: Path) -> None:
    """From after to."""
    with pytest.raises(UsageError, match="is no span"):
        main(["truth", str(kontum_path), "--from", "2025-01-02", "--to", "2025-01-01"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_and_ends_cleanly(
    kontum_path: Path, free_ports: Callable[[int], list[int]], number: signal.Signals
) -> None:
    """The line says where; an open connection does not hold it up; exit 0."""
    base, after = free_ports(2)
    while after != base + 1:  # where its second bus listens
        base, after = free_ports(2)
    command = [sys.executable, "-m", "cleanline", "simulate", str(kontum_path)]
    command += ["--port-base", str(base), "--at", "2024-01-02", "--speed", "60"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        assert f"127.0.0.1:{base} (7 units), 127.0.0.1:{base + 1} (8 units)" in line
        with socket.create_connection(("127.0.0.1", base), timeout=60):
            process.send_signal(number)
            _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")


_HANGS = """
import asyncio, os, signal, sys, time
import plant.ending as ending
from simulators.lines import BusServers
from simulators.serve import serve
ending.GONE_S = 0.05

class Hanging:
    async def start(self): pass
    async def look(self): pass
    async def stop(self): time.sleep(3600)  # the loop itself stands still

def ready(servers):
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
    if sys.argv[2] == "at work":
        time.sleep(3600)

judged = sys.argv[3] == "judged"
asyncio.run(serve(BusServers({}, others=[Hanging()]), ready, judged=judged))
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("SIGTERM", "stopping", "free"), 0),
        (("SIGINT", "at work", "free"), 0),
        (("SIGTERM", "at work", "judged"), 1),
    ],
)
def test_it_is_gone_soon_after_a_signal_whatever_hangs(
    arguments: tuple[str, ...], code: int
) -> None:
    """What was to be judged has not been: 1."""
    command = [sys.executable, "-c", _HANGS, *arguments]
    assert subprocess.run(command, timeout=60, check=False).returncode == code
