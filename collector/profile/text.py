"""A profile as lines to read, in English or Vietnamese; sources and names stay as they are."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.messages import Language, fill
from collector.profile.parts import Balance, Change, Column, Compared, Profile

SMALL_UNIT = {"tCO2e": ("kgCO2e", 1000.0)}  # what a tonne of product emits is a small part of one
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "head": "{plant}: {first} to {last} by {by}{where}",
        "area": ", area {area}",
        "norms": "norms of the sector, beside the plant's own figure:",
        "recp": "RECP profile against {first} to {last}:",
        "balances": "balances:",
        "column": "{title}: {whole} {unit}/{per} of {product} ({known} periods known)",
        "to": "{low:,g} to {high:,g}",
        "own": "own {own}",
        "own-unknown": "own figure not known",
        "change": "{kind} of {quantity}",
        "unknown": "not known",
        "better": " (better)",
        "worse": " (worse)",
        "no-period": "no period in which all of its parts are known",
        "unexplained": "unexplained",
        "not-known": ", not known: {names}",
        "counts": "{periods} periods, {missing} missing",
        "hour": "hour",
        "shift": "shift",
        "day": "day",
        "week": "week",
        "month": "month",
        "year": "year",
        "batch": "batch",
        "cost": "cost",
        "co2e": "co2e",
        "energy": "energy",
        "productivity": "productivity",
        "intensity": "intensity",
        "regulation": "regulation",
        "survey": "survey",
        "benchmark": "benchmark",
    },
    "vi": {
        "head": "{plant}: từ {first} đến {last} theo {by}{where}",
        "area": ", khu vực {area}",
        "norms": "định mức của ngành, bên cạnh số liệu của nhà máy:",
        "recp": "hồ sơ RECP so với {first} đến {last}:",
        "balances": "cân bằng:",
        "column": "{title}: {whole} {unit}/{per} {product} ({known} kỳ có số liệu)",
        "to": "{low:,g} đến {high:,g}",
        "own": "nhà máy {own}",
        "own-unknown": "chưa biết số liệu của nhà máy",
        "change": "{kind} {quantity}",
        "unknown": "chưa biết",
        "better": " (tốt hơn)",
        "worse": " (kém hơn)",
        "no-period": "không có kỳ nào biết đủ mọi phần",
        "unexplained": "chưa giải thích được",
        "not-known": ", chưa biết: {names}",
        "counts": "{periods} kỳ, thiếu {missing}",
        "hour": "giờ",
        "shift": "ca",
        "day": "ngày",
        "week": "tuần",
        "month": "tháng",
        "year": "năm",
        "batch": "mẻ",
        "cost": "chi phí",
        "co2e": "CO2e",
        "energy": "năng lượng",
        "productivity": "năng suất",
        "intensity": "cường độ",
        "regulation": "quy định",
        "survey": "khảo sát",
        "benchmark": "chuẩn so sánh",
    },
}


def told(found: Profile, language: Language) -> Iterator[str]:
    """A profile as lines to read."""
    return _Text(language).lines(found)


class _Text:
    """Writes the parts of a profile in one language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def lines(self, found: Profile) -> Iterator[str]:
        ask, say = found.ask, self._say
        where = say("area", area=ask.area) if ask.area else ""
        stretch = {"first": ask.first, "last": ask.last}
        yield say("head", plant=found.plant, by=say(ask.by), where=where, **stretch)
        for note in found.notes:
            yield f"  {note.text(self._language)}"
        for column in found.columns:
            yield from self._column(found, column)
        if found.norms:
            yield say("norms")
            yield from (f"  {self._norm(one)}" for one in found.norms)
        if found.recp and found.baseline:
            yield say("recp", first=found.baseline[0], last=found.baseline[1])
            several = len(found.denominators) > 1
            yield from (f"  {self._change(one, several=several)}" for one in found.recp)
        if found.balances:
            yield say("balances")
            yield from (f"  {self._balance(one)}" for one in found.balances)

    def _say(self, key: str, **parts: object) -> str:
        return self._fill(WORDS[self._language][key], **parts)

    def _fill(self, template: str, **parts: object) -> str:
        return fill(template, parts, self._language)

    def _figure(self, value: float | None, scale: float = 1.0) -> str:
        return "-" if value is None else self._fill("{value:,.4g}", value=value * scale)

    def _column(self, found: Profile, column: Column) -> Iterator[str]:
        """A quantity: its figure in all, and by period where it is an amount of its own."""
        own = column.quantity
        title = own if column.kind == "amount" else f"{own}, {self._say(column.kind)}"
        for one in found.denominators:
            unit, scale = SMALL_UNIT.get(column.unit, (column.unit, 1.0))
            whole = self._figure(column.total_specific[one.product], scale)
            known = column.periods_known[one.product]
            of = {"title": title, "unit": unit, "per": one.unit, "product": one.product}
            yield self._say("column", whole=whole, known=known, **of)
            if column.kind != "amount":
                continue
            values = zip(found.spans, column.values, column.specific[one.product], strict=True)
            for span, amount, specific in values:
                if amount is not None:
                    each = f"{self._figure(specific)} {column.unit}/{one.unit}"
                    told_ = self._fill("{amount:,.1f}", amount=amount)
                    yield f"  {span.label}  {told_} {column.unit}  {each}"

    def _norm(self, one: Compared) -> str:
        norm = one.norm
        value = (
            self._say("to", low=norm.range[0], high=norm.range[1])
            if norm.range
            else self._fill("{value:,g}", value=norm.value)
        )
        own = (
            self._say("own-unknown")
            if one.own is None
            else self._say("own", own=self._figure(one.own))
        )
        whom = "; ".join(filter(None, (norm.applies, norm.boundary, norm.period)))
        kind = self._say(norm.kind)
        return f"{one.quantity}: {own}, {kind} {value} {norm.unit} ({whom}; {norm.source})"

    def _change(self, one: Change, *, several: bool) -> str:
        what = self._say("change", kind=self._say(one.kind), quantity=one.quantity)
        what += f", {one.product}" if several else ""
        if one.change_percent is None:
            return f"{what}: {self._say('unknown')}"
        judged = {None: "", True: self._say("better"), False: self._say("worse")}[one.is_better]
        ends = f"{self._figure(one.baseline)} -> {self._figure(one.now)} {one.unit}"
        return f"{what}: {ends}, {self._fill('{by:+.1f}', by=one.change_percent)} %{judged}"

    def _balance(self, one: Balance) -> str:
        found, say = one.found, self._say
        if not found.periods:
            return f"{one.name}: {say('no-period')}"
        parts = ", ".join(
            self._fill("{name} {part:,.1f}", name=name, part=part)
            for name, part in zip(one.parts, found.parts, strict=True)
        )
        percent = found.unexplained_percent
        share = "" if percent is None else self._fill(" ({percent:.1f} %)", percent=percent)
        rest = self._fill("{rest:,.1f}", rest=found.unexplained)
        left = say("unexplained")
        left = f"= {parts}, {left} {rest}{share}" if parts else left
        holds = say("not-known", names=", ".join(one.unknown)) if one.unknown else ""
        counts = say("counts", periods=found.periods, missing=found.missing)
        whole = self._fill("{whole:,.1f}", whole=found.whole)
        return f"{one.name}: {whole} {one.unit} {left}{holds}; {counts}"
