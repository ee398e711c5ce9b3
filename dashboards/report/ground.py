"""What all claims of a report rest on: meters, imported amounts, rates, and the method."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from collector.ledger import Entry, standing
from collector.statement import MeterStatement
from collector.statement.build import window
from dashboards import formats
from dashboards.report import numbers
from dashboards.report.content import Content
from dashboards.report.markup import Markup, bullets, table, tag
from plant.calendar import local_date
from plant.description import Change

EVIDENCE_FILE = "evidence.zip"


def data(content: Content) -> Markup:
    """Meters with how well they are known, and amounts that were imported."""
    return tag(
        "section",
        tag("h2", content.say("data")),
        *_meters(content),
        *_packs(content),
        *_imports(content),
        *_corrections(content),
    )


def _meters(content: Content) -> Iterator[Markup]:
    meters = list(content.statement.meters.values())
    over = window(content.plant, content.statement.as_of_ms)
    if not meters or over is None:
        yield tag("p", content.say("data.meters.none"))
        return
    keys = ("", ".measures", ".model", ".trust", ".uncertainty", ".calibration", ".known")
    titles = [*(content.say(f"meter{key}") for key in keys), content.say("meter.estimated")]
    yield table(titles, [_meter(content, meter) for meter in meters], figures=(4, 6, 7))
    zone = content.plant.zone
    days = (local_date(over.start_ms, zone), local_date(over.end_ms - 1, zone))
    period = numbers.period(*days, content.language)
    yield tag("p", content.say("meter.note", period=period), class_="note")
    changes = [_change(content, m.name, c) for m in meters for c in m.meter.events]
    if changes:
        yield bullets(changes)
    models = {meter.meter.model: meter.meter.meter_model.meter for meter in meters}
    sources = (
        content.say("meter.sources", model=head.name, sources="; ".join(head.sources))
        for head in models.values()
    )
    yield bullets(sources)


def _meter(content: Content, found: MeterStatement) -> list[str]:
    meter, coverage = found.meter, found.coverage
    head = meter.meter_model.meter
    uncertainty = meter.uncertainty
    estimated = 100 * coverage.estimated / coverage.slots if coverage.slots else None
    return [
        tag("span", meter.name or found.name, tag("small", found.name) if meter.name else None),
        content.name(found.quantity),
        f"{head.maker} {head.name}" if head.maker not in head.name else head.name,
        content.say(f"trust.{head.trust.value}"),
        formats.MISSING if uncertainty is None else content.chosen_percent(uncertainty),
        _calibration(content, found),
        content.percent(coverage.known_percent),
        content.percent(estimated),
    ]


def _calibration(content: Content, found: MeterStatement) -> str:
    told = found.meter.calibration
    if told is None:
        return content.say("meter.calibration.none")
    on = formats.day(told.on, content.language)
    if told.until is not None:
        until = formats.day(told.until, content.language)
        on = content.say("meter.calibration.until", on=on, until=until)
    return f"{on}, {told.certificate}" if told.certificate else on


def _change(content: Content, meter: str, change: Change) -> str:
    at = formats.day(change.at.date(), content.language)
    if change.swap is not None:
        return content.say("meter.event.swap", meter=meter, at=at, what=change.swap)
    what = content.number(change.ct)
    return content.say("meter.event.ct", meter=meter, at=at, what=what)


def _packs(content: Content) -> Iterator[Markup]:
    """Who signed what came: without a signature nothing shows that it came from the gateway."""
    if content.signed:
        yield bullets(one.text(content.language) for one in content.signed)
        if any(one.signed < one.packs for one in content.signed):
            yield tag("p", content.say("packs.unsigned"), class_="note")


def _imports(content: Content) -> Iterator[Markup]:
    entries = content.statement.entries
    if not entries:
        return
    rows = [
        _import(content, name, found)
        for name, of in groupby(entries, key=_quantity)
        if (found := list(of)) and standing(found)
    ]
    keys = ("quantity", "count", "days", "source", "author")
    yield tag("h3", content.say("imports"))
    yield table([content.say(f"imports.{key}") for key in keys], rows, figures=(1,))


def _import(content: Content, quantity: str, entries: list[Entry]) -> list[str]:
    files = {entry.source.rpartition(":")[0] or entry.source for entry in entries}
    hold = standing(entries)
    last = max(entry.amount.end_day for entry in hold)
    first = min(entry.amount.first_day for entry in hold)
    return [
        content.name(quantity),
        str(len(hold)),
        numbers.period(first, last.fromordinal(last.toordinal() - 1), content.language),
        ", ".join(sorted(files)),
        ", ".join(sorted({entry.author for entry in entries})),
    ]


def _corrections(content: Content) -> Iterator[Markup]:
    known = {entry.id: entry for entry in content.statement.entries}
    rows = []
    for entry in content.statement.entries:
        before = known.get(entry.replaces or 0)
        if before is None:
            continue
        first, end = entry.amount.first_day, entry.amount.end_day
        days = numbers.period(first, end.fromordinal(end.toordinal() - 1), content.language)
        values = [_value(content, one) for one in (before, entry)]
        when = numbers.instant(entry.entered_ms, content.plant.zone, content.language)
        who = f"{entry.author}, {when}"
        rows.append([content.name(entry.amount.quantity), days, *values, who, entry.reason])
    if rows:
        yield tag("h3", content.say("corrections"))
        keys = (
            *("imports.quantity", "correction.period", "correction.before", "correction.after"),
            *("imports.author", "correction.reason"),
        )
        yield table([content.say(key) for key in keys], rows, figures=(2, 3))


def _value(content: Content, entry: Entry) -> str:
    if entry.withdraws:
        return content.say("correction.withdrawn")
    return content.amount(entry.amount.value, entry.amount.unit)


def _quantity(entry: Entry) -> str:
    return entry.amount.quantity


def rates(content: Content) -> Markup | None:
    """The prices and factors that turned savings into money and emissions."""
    rows = []
    for claim in content.statement.claims:
        for worth in claim.worth:
            for rate in worth.rates:
                since = rate.since
                if worth.kind == "cost":
                    since = formats.day(
                        type(claim.rows[0].first).fromisoformat(since), content.language
                    )
                elif rate.stands_in:
                    since = content.say("rate.stands_in", year=since)
                rows.append(
                    [
                        content.name(claim.verified.resource),
                        f"{numbers.given(rate.value, content.language)} {formats.unit(rate.unit)}",
                        since or formats.MISSING,
                        str(rate.days),
                        rate.source or content.say("rate.plant_file"),
                    ]
                )
    if not rows:
        return None
    keys = ("imports.quantity", "rate", "rate.since", "rate.days", "rate.source")
    titles = [content.say(key) for key in keys]
    return tag("section", tag("h2", content.say("rates")), table(titles, rows, figures=(1, 3)))


def method(content: Content) -> Markup:
    """How it was computed, and how anybody recomputes it."""
    metered = ["counters"] if content.statement.meters else []
    keys = (*metered, "model", "adjustments", "interval", "file")
    return tag(
        "section",
        tag("h2", content.say("recompute")),
        *(tag("p", content.say(f"recompute.{key}")) for key in keys),
        tag("pre", f"cleanline evidence check {EVIDENCE_FILE}"),
        tag("p", content.say("recompute.fingerprint")),
        tag("p", content.say("recompute.workbook")),
    )
