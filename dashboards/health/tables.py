"""The tables of the page Data health."""

from __future__ import annotations

from dashboards import formats
from dashboards.formats import Language
from dashboards.health.result import DataHealth, MeterData
from dashboards.now import Gateway
from dashboards.tables import Cell, Column, Kind, Mark, Table, column
from dashboards.words import say, say_or
from plant.calendar import HOUR_MS

CLOCK_LIMIT_MS = 2000  # beyond it events of two gateways are told in the wrong order
WAITING_LIMIT = 32  # what may wait for `stored` at one time is no backlog
COUNTED = ("gap", "reset", "swap", "ct-change", "rollover", "step-back", "glitch", "rejected")


def meters_table(page: DataHealth, language: Language) -> Table:
    """A row for each meter."""
    columns = [
        Column(label=say("meters.meter", language)),
        Column(label=say("meters.health", language)),
        Column(label=say("health.table.seen", language), kind="age"),
        *(
            column(say(f"health.table.{part}", language), "%", kind="percent")
            for part in ("complete", "estimated")
        ),
        column(say("health.table.missing", language), "h"),
        *(column(say(f"event.{kind}", language), kind="count") for kind in COUNTED),
    ]
    rows, marks = [], dict[str, Mark]()
    for y, meter in enumerate(page.meters):
        rows.append(_meter(meter, language))
        if meter.is_stale:
            marks[f"{y}:1"] = marks[f"{y}:2"] = "bad"
        if meter.slots.missing:
            marks[f"{y}:3"] = marks[f"{y}:5"] = "bad"
        if meter.slots.estimated:
            marks[f"{y}:4"] = "estimated"
        marks |= {f"{y}:{x}": "quiet" for x in range(6, len(columns)) if not rows[y][x]}
    return Table(columns=columns, rows=rows, marks=marks)


def _meter(meter: MeterData, language: Language) -> list[Cell]:
    slots = meter.slots
    state = "stale" if meter.is_stale and meter.state == "ok" else meter.state
    missing = slots.percent(slots.missing)
    return [
        meter.name,
        say(f"health.{state}", language),
        meter.last_ms,
        None if missing is None else 100 - missing,
        slots.percent(slots.estimated),
        meter.missing_ms / HOUR_MS,
        *(meter.counts.get(kind, 0) for kind in COUNTED),
    ]


def gateways_table(page: DataHealth, language: Language) -> Table:
    """A row for each gateway."""
    keys = ("depth", "missing", "aside")
    columns = [
        Column(label=say("gateways.gateway", language)),
        Column(label=say("meters.health", language)),
        Column(label=say("gateways.heard", language), kind="age"),
        *(column(say(f"gateways.{key}", language), kind="count") for key in keys),
        column(say("gateways.clock", language), "s"),
        Column(label=say("gateways.config", language)),
    ]
    rows = [_gateway(gateway, language) for gateway in page.gateways]
    marks = {
        f"{y}:{x}": mark
        for y, gateway in enumerate(page.gateways)
        for x, mark in _gateway_marks(gateway).items()
    }
    return Table(columns=columns, rows=rows, marks=marks)


def _gateway(gateway: Gateway, language: Language) -> list[Cell]:
    same = {True: "gateways.config.same", False: "gateways.config.other", None: "unknown"}
    offset_ms = gateway.clock_offset_ms
    return [
        gateway.gateway,
        say(f"gateways.{gateway.state}", language),
        gateway.time_ms,
        gateway.outbox_depth,
        gateway.missing,
        gateway.set_aside,
        None if offset_ms is None else offset_ms / 1000,
        say(same[gateway.same_config], language),
    ]


def _gateway_marks(gateway: Gateway) -> dict[int, Mark]:
    wrong = {
        1: gateway.state != "online",
        3: (gateway.outbox_depth or 0) > WAITING_LIMIT,
        4: gateway.missing > 0,
        5: gateway.set_aside > 0,
        6: abs(gateway.clock_offset_ms or 0) > CLOCK_LIMIT_MS,
        7: gateway.same_config is False,
    }
    return {x: "bad" for x, is_wrong in wrong.items() if is_wrong}


def outboxes_table(page: DataHealth, language: Language) -> Table:
    """A row for each outbox: what must exist and was never seen."""
    keys = ("gateways.gateway", "packs.outbox", "packs.last", "packs.missing", "packs.numbers")
    kinds: tuple[Kind, ...] = ("text", "text", "count", "count", "text")
    columns = [
        Column(label=say(key, language), kind=kind) for key, kind in zip(keys, kinds, strict=True)
    ]
    rows: list[list[Cell]] = [
        [box.gateway, box.outbox, box.last, box.missing, _ranges(box.never_seen)]
        for box in page.outboxes
    ]
    marks: dict[str, Mark] = {f"{y}:3": "bad" for y, box in enumerate(page.outboxes) if box.missing}
    return Table(columns=columns, rows=rows, marks=marks)


def _ranges(found: list[tuple[int, int]]) -> str:
    told = [str(first) if first == last else f"{first}–{last}" for first, last in found]
    return ", ".join(told) or formats.MISSING


def aside_table(page: DataHealth, language: Language) -> Table:
    """Packs in quarantine, the newest first."""
    columns = [
        column(say("packs.received", language), kind="moment"),
        Column(label=say("gateways.gateway", language)),
        Column(label=say("packs.outbox", language)),
        column(say("table.number", language), kind="count"),
        Column(label=say("packs.kind", language)),
        Column(label=say("packs.reason", language)),
    ]
    rows: list[list[Cell]] = [
        [pack.received_ms, pack.gateway, pack.outbox, pack.seq, pack.kind, pack.reason]
        for pack in page.aside
    ]
    return Table(columns=columns, rows=rows)


def happened_table(page: DataHealth, language: Language) -> Table:
    """What happened to meters and gateways, the newest first."""
    columns = [
        column(say("table.time", language), kind="moment"),
        Column(label=say("meters.meter", language)),
        Column(label=say("happened.point", language)),
        Column(label=say("table.event", language)),
        Column(label=say("table.what", language)),
        Column(label=say("happened.by", language)),
    ]
    named = {meter.meter: meter.name for meter in page.meters}
    rows: list[list[Cell]] = [
        [
            event.time_ms,
            named.get(event.meter, event.meter),
            event.point,
            say_or(f"event.{event.kind}", language, event.kind),
            event.text,
            event.gateway or say("happened.collector", language),
        ]
        for event in page.happened
    ]
    return Table(columns=columns, rows=rows)
