"""The read plan is the cheapest there is, and asks nothing that a meter does not bear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.frames import Read
from agent.readplan import Known, cost_on, plan_reads, spans_of
from plant.codec import places
from plant.description import Bus
from plant.models import Limits, Part, Point, find_model, library

TCP = Bus(tcp="127.0.0.1:502")
RTU = Bus(serial="/dev/ttyS0", baud=9600)


def partitions(items: list[Read]) -> Iterator[list[list[Read]]]:
    """Every way to put items into groups."""
    if not items:
        yield []
        return
    first, *rest = items
    for partition in partitions(rest):
        yield [[first], *partition]
        for i, group in enumerate(partition):
            yield [*partition[:i], [first, *group], *partition[i + 1 :]]


def hull(group: list[Read]) -> Read:
    start = min(read.address for read in group)
    return Read(group[0].function, start, max(read.end for read in group) - start)


def bears(group: list[Read], limits: Limits, known: Known, wanted: list[Read]) -> bool:
    """Whether a meter bears one request for a group: the rules again, register by register."""
    asked = hull(group)
    if len(group) == 1:
        return True
    covered = {a for read in wanted for a in range(read.address, read.end)}
    inner = range(asked.address + 1, asked.end)
    cuts = {*limits.barriers, *(address for _, address in known.cuts)}
    return (
        asked.count <= limits.registers
        and (limits.points is None or len(group) <= limits.points)
        and not any(cut in inner for cut in cuts)
        and not any(asked.holds(bad) for bad in known.refused)
        and (limits.holes == "readable" or covered.issuperset(range(asked.address, asked.end)))
    )


@st.composite
def spans(draw: st.DrawFn) -> list[Read]:
    """Up to six spans side by side, with holes, and some that lie in others."""
    address, found = draw(st.integers(0, 5)), []
    for _ in range(draw(st.integers(1, 6))):
        count = draw(st.sampled_from([1, 1, 2, 2, 4]))
        found.append(Read(3, address, count))
        address += count + draw(st.sampled_from([0, 0, 0, 1, 3, 10, 40]))
    return found


limits = st.builds(
    Limits,
    registers=st.integers(4, 60),
    points=st.none() | st.integers(1, 4),
    holes=st.sampled_from(["readable", "refused"]),
    barriers=st.lists(st.integers(0, 60), max_size=2).map(tuple),
)
knowledge = st.builds(
    Known, cuts=st.frozensets(st.tuples(st.just(3), st.integers(0, 60)), max_size=2)
)


@pytest.mark.slow
@settings(max_examples=150)
@given(spans(), limits, knowledge, st.sampled_from([TCP, RTU]))
def test_no_partition_is_cheaper(wanted, limits, known, bus) -> None:
    cost = cost_on(bus)
    plan = plan_reads(wanted, limits, cost=cost, known=known)
    cheapest = min(
        sum(cost(hull(group)) for group in partition)
        for partition in partitions(wanted)
        if all(bears(group, limits, known, wanted) for group in partition)
    )
    assert sum(map(cost, plan)) == cheapest


@pytest.mark.slow
@settings(max_examples=200)
@given(spans(), limits, knowledge)
def test_every_span_is_in_exactly_one_request_that_the_meter_bears(wanted, limits, known) -> None:
    plan = plan_reads(wanted, limits, cost=cost_on(TCP), known=known)
    for span in wanted:
        assert sum(request.holds(span) for request in plan) == 1
    for request in plan:
        group = [span for span in wanted if request.holds(span)]
        assert hull(group) == request, "longer or shorter than its farthest points"
        assert bears(group, limits, known, wanted)


@settings(max_examples=100)
@given(spans(), limits, st.data())
def test_a_refused_span_is_never_asked_for_again(wanted, limits, data) -> None:
    bad = data.draw(st.sampled_from(wanted))
    known = Known(refused=frozenset({bad}))
    plan = plan_reads(wanted, limits, cost=cost_on(RTU), known=known)
    assert not any(request.holds(bad) for request in plan)
    for span in set(wanted) - {bad}:
        assert sum(request.holds(span) for request in plan) == 1


def test_a_span_within_another_comes_along_for_nothing() -> None:
    wanted = [Read(3, 10, 4), Read(3, 12, 1)]
    assert plan_reads(wanted, Limits(), cost=cost_on(TCP)) == [Read(3, 10, 4)]


def test_functions_are_asked_apart() -> None:
    wanted = [Read(3, 10, 2), Read(4, 12, 2)]
    assert plan_reads(wanted, Limits(), cost=cost_on(TCP)) == wanted


def test_a_register_that_wants_to_be_alone_is_asked_for_alone() -> None:
    """Carlo Gavazzi's identification code must be read one word at a time."""
    wanted = [Read(4, 9, 2), Read(4, 11, 1), Read(4, 12, 2)]
    plan = plan_reads(wanted, Limits(alone=(11,)), cost=cost_on(TCP))
    assert plan == wanted


def test_a_hole_is_spanned_where_a_second_request_costs_more() -> None:
    """20 spare registers cost more than a second request at 9600 baud, and less on TCP."""
    wanted = [Read(3, 0, 2), Read(3, 22, 2)]
    assert plan_reads(wanted, Limits(), cost=cost_on(TCP)) == [Read(3, 0, 24)]
    assert plan_reads(wanted, Limits(), cost=cost_on(RTU)) == wanted
    assert plan_reads([Read(3, 0, 2), Read(3, 4, 2)], Limits(), cost=cost_on(RTU)) == [
        Read(3, 0, 6)
    ]


def test_more_bits_than_registers_fit_into_a_request() -> None:
    wanted = [Read(1, 0, 1), Read(1, 1999, 1)]
    assert plan_reads(wanted, Limits(), cost=cost_on(TCP)) == [Read(1, 0, 2000)]


def test_the_halves_of_a_sum_are_read_in_one_request() -> None:
    """Read apart, the integer part may have moved on when the fraction is read."""
    point = find_model("tuf-2000m").points["volume"]
    first = spans_of(point, Limits())[0]
    assert all(
        first.holds(Read(point.function, part.address, part.words)) for part in point.numbers
    )


def test_a_sum_whose_parts_lie_too_far_apart_is_read_in_two() -> None:
    parts = (Part(address=0, type="uint32"), Part(address=90, type="uint32"))
    point = Point(function=3, parts=parts, unit="Wh", kind="counter")
    assert spans_of(point, Limits(registers=80)) == (Read(3, 0, 2), Read(3, 90, 2))


@pytest.mark.parametrize("model", library())
@pytest.mark.parametrize("bus", [TCP, RTU], ids=["tcp", "rtu"])
def test_every_shipped_model_can_be_planned_whole(model: str, bus: Bus) -> None:
    description = find_model(model)
    wanted = [s for p in description.points.values() for s in spans_of(p, description.limits)]
    plan = plan_reads(wanted, description.limits, cost=cost_on(bus))
    for point in description.points.values():
        for place in places(point):
            assert any(request.holds(Read(*place)) for request in plan)
    assert all(request.count <= description.limits.registers for request in plan)
