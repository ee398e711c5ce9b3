"""``cleanline plan lock``, ``plan show`` and ``plan power``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from collector.analysis.messages import Language, fill
from collector.analysis.reach import NEAR
from collector.claims.verify import Verifier
from collector.ledger import Lock
from collector.options import (
    DONE,
    Opened,
    login_name,
    now_ms,
    opened,
    print_json,
    print_line,
)
from collector.plans.locked import PlanState, lock_plan, plan_state
from collector.plans.observations import YEAR_DAYS
from collector.plans.plan_power import prospects
from plant.calendar import from_ms
from plant.check import load_plant
from plant.description import Plant
from plant.errors import UsageError
from plant.terminal import print_error

ALL_SEASONS = timedelta(days=(1 - 2 * NEAR) * YEAR_DAYS)  # no day is then far from one seen

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "locked": "{plan}: locked on {when} by {author}, hash {hash}, "
        "{readings} readings of the reporting period were known",
        "amended": "{plan}: amended ({reason}) on {when} by {author}, hash {hash}, "
        "{readings} readings of the reporting period were known",
        "open": "{plan}: open; `cleanline plan lock` locks it",
        "changed": "{plan}: has changed since; `cleanline plan lock --reason ...` amends it",
    },
    "vi": {
        "locked": "{plan}: khóa lúc {when} bởi {author}, mã băm {hash}, "
        "khi đó đã biết {readings} số đọc của kỳ báo cáo",
        "amended": "{plan}: sửa đổi ({reason}) lúc {when} bởi {author}, mã băm {hash}, "
        "khi đó đã biết {readings} số đọc của kỳ báo cáo",
        "open": "{plan}: chưa khóa; gõ `cleanline plan lock` để khóa",
        "changed": "{plan}: đã thay đổi từ khi khóa; gõ `cleanline plan lock --reason ...` "
        "để sửa đổi",
    },
}


def plan(arguments: argparse.Namespace) -> int:
    """Lock the plans of a plant file, show how they stand, or say what they could prove."""
    plant = load_plant(arguments.plant)
    names = [arguments.plan] if arguments.plan else list(plant.plans)
    unknown = [name for name in names if name not in plant.plans]
    if unknown or not names:
        known = ", ".join(plant.plans) or "none"
        raise UsageError(f"{arguments.plant}: no plan {unknown or ''}; it has: {known}")
    with opened(arguments, plant, writes=arguments.verb == "lock") as held:
        if arguments.verb == "power":
            verifier = Verifier(plant, held.store, ledger=held.ledger)
            return _power(verifier, names, arguments=arguments)
        if arguments.verb == "lock":
            for name in names:
                _lock(plant, name, held=held, arguments=arguments)
        states = {name: plan_state(plant, name, held.ledger) for name in names}
    if arguments.json:
        print_json([_as_json(name, state) for name, state in states.items()])
    else:
        for name, state in states.items():
            _print_state(plant, name, state, language=arguments.lang)
    return DONE


def _power(verifier: Verifier, names: Sequence[str], *, arguments: argparse.Namespace) -> int:
    found = [one for name in names for one in prospects(verifier, name)]
    if arguments.json:
        print_json([one.as_json(arguments.lang) for one in found])
        return DONE
    for one in found:
        print_line(f"{one.plan}: {one.claim}" if one.claim else one.plan)
        for message in one.told:
            print_line(f"  {message.text(arguments.lang)}")
    return DONE


def _lock(plant: Plant, name: str, *, held: Opened, arguments: argparse.Namespace) -> None:
    plan = plant.plans[name]
    first, last = plan.baseline
    if plan.cycle is None and last - first < ALL_SEASONS:
        print_error(
            f"plan {name}: its baseline has not seen every season; a claim on the others stays "
            "undecided unless a driver in degC follows them, or `cycle` says when the plant has "
            "seen all its conditions"
        )
    began_ms = now_ms()
    lock = lock_plan(
        plant,
        name,
        ledger=held.ledger,
        store=held.store,
        author=arguments.author or login_name(),
        reason=arguments.reason,
        now_ms=began_ms,
    )
    if lock.locked_ms == began_ms:  # else it stood already
        held.note_change(plant, "plan lock", f"{name}: {lock.hash[:12]} {lock.reason}".strip())


def _print_state(plant: Plant, name: str, state: PlanState, *, language: Language) -> None:
    def say(key: str, **parts: object) -> None:
        print_line(fill(WORDS[language][key], {"plan": name, **parts}, language))

    for number, lock in enumerate(state.locks):
        when = from_ms(lock.locked_ms, plant.zone).strftime("%Y-%m-%d %H:%M")
        known = {"when": when, "author": lock.author, "hash": lock.hash[:12]}
        key = "amended" if number else "locked"
        say(key, **known, readings=lock.readings_known, reason=lock.reason)
    if state.state in ("open", "changed"):
        say(state.state)


def _as_json(name: str, state: PlanState) -> dict[str, Any]:
    def told(lock: Lock) -> dict[str, Any]:
        return {key: value for key, value in lock._asdict().items() if key not in ("id", "plan")}

    return {"plan": name, "state": state.state, "locks": [told(lock) for lock in state.locks]}
