"""``cleanline verify``: the claims of a plant file, judged by their locked plans."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from math import isclose

from collector.analysis.messages import Language, fill
from collector.analysis.results import VerifiedClaim
from collector.claims.verify import Verifier
from collector.custody.signed import signed_packs
from collector.options import (
    ANSWER_IS_NO,
    DONE,
    now_ms,
    opened,
    print_json,
    print_line,
)
from plant.check import load_plant
from plant.errors import UsageError

MOST_BENDS = 3  # told in text; --json has all
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "proven": "proven",
        "plausible": "plausible",
        "refuted": "refuted",
        "undecided": "undecided",
        "none": "so far",
        "from": "from {since} to {until}",
        "saving": "saving {saving:,.1f} {unit} ({saving_percent:.2f} %; "
        "{saving_low_percent:.2f} to {saving_high_percent:.2f} %)",
        "used": "expected {expected:,.1f}, actual {actual:,.1f} {unit}",
        "adjusted": "adjusted by {amount:+,.1f} {unit}{part} from {from} to {to}, "
        "by {author} on {entered}: {reason}",
        "counted": " ({counted:+,.1f} {unit} of it counted)",
        "lock": "plan {plan} locked on {day} by {author}, {readings_known} readings of the "
        "reporting period known then",
        "amended": "plan {plan} amended on {day} by {author}, {readings_known} readings of the "
        "reporting period known then: {reason}",
        "way": "by the plan's method: {saving_method}",
        "senpi": "SEnPI over all energy: {value:.4f}",
        "bend": "the running sum bends at {period}: from {before:+,.1f} to {after:+,.1f} {unit} "
        "a period, which no driver explains",
        "bends": "and at {more} other places, by less",
    },
    "vi": {
        "proven": "đã chứng minh",
        "plausible": "hợp lý",
        "refuted": "bị bác bỏ",
        "undecided": "chưa kết luận được",
        "none": "đến nay",
        "from": "từ {since} đến {until}",
        "saving": "tiết kiệm {saving:,.1f} {unit} ({saving_percent:.2f} %; "
        "{saving_low_percent:.2f} đến {saving_high_percent:.2f} %)",
        "used": "dự kiến {expected:,.1f}, thực tế {actual:,.1f} {unit}",
        "adjusted": "điều chỉnh {amount:+,.1f} {unit}{part} từ {from} đến {to}, "
        "do {author} ngày {entered}: {reason}",
        "counted": " (đã tính {counted:+,.1f} {unit})",
        "lock": "kế hoạch {plan} khóa ngày {day} bởi {author}, khi đó đã biết {readings_known} số "
        "đọc của kỳ báo cáo",
        "amended": "kế hoạch {plan} sửa đổi ngày {day} bởi {author}, khi đó đã biết "
        "{readings_known} số đọc của kỳ báo cáo: {reason}",
        "way": "theo phương pháp của kế hoạch: {saving_method}",
        "senpi": "SEnPI trên toàn bộ năng lượng: {value:.4f}",
        "bend": "tổng lũy tích đổi hướng tại {period}: từ {before:+,.1f} thành {after:+,.1f} "
        "{unit} mỗi kỳ, không biến nào giải thích",
        "bends": "và tại {more} chỗ khác, ít hơn",
    },
}


def verify(arguments: argparse.Namespace) -> int:
    """Judge the claims; 1 when one is refuted."""
    plant = load_plant(arguments.plant)
    names = [arguments.claim] if arguments.claim else list(plant.claims)
    if unknown := [name for name in names if name not in plant.claims]:
        known = ", ".join(plant.claims) or "none"
        raise UsageError(f"{arguments.plant}: no claim {unknown[0]!r}; it has: {known}")
    with opened(arguments, plant, writes=False) as held:
        verifier = Verifier(plant, held.store, ledger=held.ledger)
        claims = [verifier.claim(name, now_ms()) for name in names]
        packs = signed_packs(plant.id, held.ledger)
        held.warn_of_unfinished(plant, "verify")
    if arguments.json:
        signed = {"packs": [one._asdict() for one in packs]} if packs else {}
        print_json([claim.as_json(arguments.lang) | signed for claim in claims])
    else:
        for claim in claims:
            print_line(_told(claim, arguments.lang))
        for one in packs:
            print_line(one.text(arguments.lang))
    return ANSWER_IS_NO if any(c.outcome.verdict == "refuted" for c in claims) else DONE


def _told(claim: VerifiedClaim, language: Language) -> str:
    return "\n".join(_lines(claim, language))


def _lines(claim: VerifiedClaim, language: Language) -> Iterator[str]:
    outcome, told = claim.outcome, claim.as_json(language)

    def say(key: str, **parts: object) -> str:
        return fill(WORDS[language][key], parts, language)

    head = f"{claim.claim} ({claim.resource}, {say('from', **told)})"
    yield f"{head}: {say(outcome.verdict or 'none')}"
    yield f"  {outcome.reason.text(language)}"
    if outcome.saving is not None:
        yield "  " + say("used", **told)
        if told["saving_low_percent"] is not None:
            yield "  " + say("saving", **told)
    plan = told.get("plan") or {"locks": []}
    for number, lock in enumerate(plan["locks"]):
        key = "amended" if number else "lock"
        yield "  " + say(key, **lock, plan=plan["plan"], day=lock["locked"][:10])
    if told["saving_method"] != "forecast":
        yield "  " + say("way", **told)
    if told["senpi"] and told["senpi"]["value"] is not None:
        yield "  " + say("senpi", **told["senpi"])
    for one in told["adjustments"]:
        is_whole = one["counted"] is None or isclose(one["counted"], one["amount"])
        part = "" if is_whole else say("counted", **one)
        yield "  " + say("adjusted", **one | {"entered": one["entered"][:10], "part": part})
    bends = told["bends"] or []
    largest = sorted(bends, key=lambda one: -abs(one["after"] - one["before"]))[:MOST_BENDS]
    for bend in (one for one in bends if one in largest):
        yield "  " + say("bend", **bend, unit=claim.unit)
    if len(bends) > MOST_BENDS:
        yield "  " + say("bends", more=len(bends) - MOST_BENDS)
    yield from (f"  {warning.text(language)}" for warning in outcome.warnings)
