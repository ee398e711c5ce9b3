"""Faults between the meters and the store: wrong clocks, packs twice and in disorder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from plant.senml import decode_pack
from simulators.faults.base import Placed
from simulators.faults.catalogue import ELSEWHERE, KINDS, kind_of, listed, read_fault
from simulators.faults.path import ahead_s, arriving
from simulators.packs import History
from simulators.scenario import Scenario

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BEGIN_S = datetime(2025, 1, 1, tzinfo=HANOI).timestamp()
HOUR_S = 3600.0


@dataclass(frozen=True)
class Numbered:
    """A pack as far as its order goes: one an hour."""

    seq: int

    @property
    def at_ms(self) -> int:
        return int(1000 * (BEGIN_S + HOUR_S * self.seq))


def placed(kind: str, **values: object) -> Placed:
    fault = read_fault({"kind": kind, "gateway": "g", **values})
    return Placed(fault, fault.when(HANOI, BEGIN_S, seed=1))


def order(count: int, *faults: Placed) -> list[int]:
    return [pack.seq for pack in arriving([Numbered(i) for i in range(count)], faults)]


def ahead(fault: Placed, *hours: float) -> list[float]:
    return ahead_s([fault], BEGIN_S + HOUR_S * np.array(hours)).tolist()


def test_a_clock_jumps_and_is_set_right() -> None:
    jump = placed("clock-jump", behind="3day", **{"from": "2025-01-01T02:00", "for": "4h"})
    assert ahead(jump, 0, 2, 5.9, 6) == [0, -259200, -259200, 0]


def test_a_clock_gains_each_day_until_it_is_set_right() -> None:
    drift = placed("clock-drift", per_day="24s", until="2025-01-02")
    assert ahead(drift, 0, 1, 23, 24) == pytest.approx([0, 1, 23, 0])


def test_a_clock_follows_summer_time() -> None:
    fault = placed("dst", zone="Europe/Berlin")
    spring = datetime(2025, 3, 30, 1, tzinfo=ZoneInfo("UTC")).timestamp()
    autumn = datetime(2025, 10, 26, 1, tzinfo=ZoneInfo("UTC")).timestamp()
    at_s = np.array([spring - 1, spring, autumn - 1, autumn])
    assert ahead_s([fault], at_s).tolist() == [0, 3600, 3600, 0]
    with pytest.raises(Exception, match="Europe/Berlin"):
        read_fault({"kind": "dst", "gateway": "g", "zone": "Europe/Nowhere"})


def test_packs_come_twice_and_the_second_time_later() -> None:
    assert order(4, placed("duplicate-packs", later=1)) == [0, 1, 0, 2, 1, 3, 2, 3]
    some = Counter(order(300, placed("duplicate-packs", chance="33 %")))
    assert set(some) == set(range(300))
    assert 60 < sum(n == 2 for n in some.values()) < 140


def test_packs_overtake_each_other_within_their_group_and_none_is_lost() -> None:
    told = order(30, placed("disorder-packs", within=8))
    assert told != sorted(told) == list(range(30))
    assert all(abs(seq - place) < 8 for place, seq in enumerate(told))
    assert told == order(30, placed("disorder-packs", within=8)), "the same each time"


def test_both_at_once_and_only_while_they_last() -> None:
    calm = {"from": "2025-01-01T10:00", "until": "2025-01-01T20:00"}
    told = order(30, placed("disorder-packs", within=4, **calm), placed("duplicate-packs", **calm))
    assert told[:8] == list(range(8))
    assert Counter(told)[9] == 1
    assert Counter(told)[15] == 2


def test_written_history_carries_the_time_of_the_wrong_clock(
    still: Callable[..., Scenario], install: Callable[..., object], at: Callable[..., float]
) -> None:
    fault = '[[faults]]\nkind = "clock-jump"\ngateway = "g"\nahead = "30min"\n'
    right, wrong = (
        still(a=install("eastron-sdm630", "electricity"), faults=text) for text in ("", fault)
    )
    start_ms, end_ms = (round(1000 * at(2025, 1, day)) for day in (2, 3))
    times = []
    for scenario in (right, wrong):
        (pack,) = History(scenario, "g", start_ms, end_ms).packs()
        times.append([r.time_ms for r in decode_pack(pack.payload).readings])
    assert [late - early for early, late in zip(*times, strict=True)] == [1_800_000] * 97


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "clock-jump", "meter": "m"},
        {"kind": "broker-gone", "part": "database"},
        {"kind": "broker-gone", "gateway": "g"},
        {"kind": "silence", "gateway": "g"},
    ],
)
def test_a_fault_strikes_only_what_it_can(table: dict[str, str]) -> None:
    with pytest.raises(Exception, match=r"strikes|broker"):
        read_fault(table)


def test_every_kind_is_listed_with_what_it_strikes_and_where_it_was_met() -> None:
    told = listed()
    for fault in KINDS:
        assert f"\n{kind_of(fault)}" in f"\n{told}"
        assert fault.seen in told
    for name, *_ in ELSEWHERE:
        assert name in told
    assert len(KINDS) >= 35
