"""``cleanline evidence export`` and ``evidence check``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from collector.custody.signed import Signed
from collector.evidence.check import Checked, check_file
from collector.evidence.export import export
from collector.evidence.gather import Materials
from collector.evidence.packs import PACKS
from collector.evidence.packs_check import PacksChecked
from collector.options import (
    ANSWER_IS_NO,
    DONE,
    guarded,
    make_parser,
    now_ms,
    opened,
    print_json,
    print_line,
)
from collector.statement import ClaimStatement, as_of, state
from plant.calendar import day_start_ms, iso, local_date
from plant.check import load_plant
from plant.description import Plant
from plant.errors import EvidenceError, UsageError
from plant.terminal import print_error

SAYS = "Evidence of a saving: a file from which others recompute every number."


def evidence_main(argv: Sequence[str]) -> int:
    """Write an evidence file, or check one; 1 when it does not come to what it says."""
    verbs = {"export": _export_main, "check": _check_main}
    if argv and argv[0] in verbs:
        return verbs[argv[0]](argv[1:])
    parser = argparse.ArgumentParser("cleanline evidence", description=SAYS)
    parser.add_argument("verb", choices=list(verbs), help="write a file, or check one")
    parser.parse_args(argv)
    return DONE


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """Add ``--as-of``: the day at whose start the claims are told as they stood."""
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        metavar="DATE",
        help="tell the claims as at the start of this day; default today, at most their end",
    )


def instant(plant: Plant, day: date | None) -> int:
    """The instant that ``--as-of`` means for a plant [ms]; UsageError for one that is to come."""
    now = now_ms()
    if day is not None and day_start_ms(day, plant.zone) > now:
        today = local_date(now, plant.zone)
        raise UsageError(f"--as-of {day}: that day has not begun; give {today} or an earlier one")
    return as_of(plant, now if day is None else day_start_ms(day, plant.zone))


def write_file(path: Path, content: bytes) -> None:
    """Write a file; UsageError when that cannot be done."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a file that can be written") from error


def answered(command: Callable[[], int]) -> int:
    """The exit code of a command for which evidence that fails is the answer no."""

    def run() -> int:
        try:
            return command()
        except EvidenceError as error:
            print_error(error)
            return ANSWER_IS_NO

    return guarded(run)


def _export_main(argv: Sequence[str]) -> int:
    parser = make_parser("evidence export", "Write the evidence of a plant's claims.")
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the evidence file to write")
    add_as_of(parser)
    return answered(lambda: _export(parser.parse_args(argv)))


def _check_main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "cleanline evidence check",
        description="Recompute an evidence file from its readings and compare every number.",
    )
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the evidence file")
    parser.add_argument(
        "--packs",
        type=Path,
        metavar="DIR",
        help="the archive's folder of the plant, where the file only names its packs",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return answered(lambda: _check(parser.parse_args(argv)))


def _export(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    with opened(arguments, plant, writes=False) as held:
        made = state(
            plant, held.store, ledger=held.ledger, as_of_ms=instant(plant, arguments.as_of)
        )
        exported = export(Materials(plant, held.store, held.ledger), made)
        held.warn_of_unfinished(plant, "evidence export")
    write_file(arguments.file, exported.archive)
    _tell(arguments, exported.checked, what="written, and recomputed from its readings")
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    if arguments.packs is not None and not arguments.packs.is_dir():
        raise UsageError(f"--packs {arguments.packs}: no such folder; name the archive's")
    checked = check_file(arguments.file, arguments.packs)
    if arguments.packs is not None and _carries_packs(arguments.file):
        raise UsageError(f"{arguments.file} carries its packs, which were checked; omit --packs")
    _tell(arguments, checked, what="comes to what it says")
    return DONE


def _carries_packs(path: Path) -> bool:
    with ZipFile(path) as archive:
        return any(name.startswith(PACKS) for name in archive.namelist())


def _tell(arguments: argparse.Namespace, checked: Checked, *, what: str) -> None:
    counts = f"{checked.readings} readings, {len(checked.statement.entries)} imported amounts"
    if arguments.json:
        print_json(_as_json(arguments.file, checked))
        return
    print_line(f"{arguments.file}: {what}: {counts}, {checked.numbers} numbers compared")
    print_line(f"fingerprint {checked.fingerprint}")
    for remark in checked.remarks:
        print_line(remark)
    if checked.packs is not None:
        for line in told_packs(checked.packs):
            print_line(line)
    for claim in checked.statement.claims:
        verified = claim.verified
        print_line(f"  {verified.claim}: {verified.outcome.verdict or 'so far'}{_locked(claim)}")
    print_line(
        "when a plan was locked and who entered an amount is what the maker of the file says; hold "
        "a lock's hash against the one that was handed over when it was locked"
    )


def _locked(claim: ClaimStatement) -> str:
    locks = (claim.verified.further.get("plan") or {}).get("locks") or []
    return f"; plan locked {locks[-1]['locked']}, hash {locks[-1]['hash'][:12]}" if locks else ""


def _as_json(file: Path, checked: Checked) -> dict[str, Any]:
    claims = {one.verified.claim: one.verified.outcome.verdict for one in checked.statement.claims}
    return {
        "file": str(file),
        "ok": True,
        "fingerprint": checked.fingerprint,
        "plant": checked.statement.plant.id,
        "as_of": iso(checked.statement.as_of_ms),
        "readings": checked.readings,
        "amounts": len(checked.statement.entries),
        "numbers": checked.numbers,
        "remarks": list(checked.remarks),
        "packs": None if checked.packs is None else checked.packs.as_json(),
        "verdicts": claims,
    }


def told_packs(found: PacksChecked) -> list[str]:
    """What is known of the packs, in sentences."""
    lines = [
        Signed(gateway, packs, signed).text("en")
        for gateway, (signed, packs) in sorted(found.signed.items())
    ]
    if found.looked_at:
        lines.append(f"{found.looked_at} packs hang together")
        lines.append(f"{found.readings} readings of the evidence stand in them")
    if found.days_left:
        lines.append(f"{found.days_left} days of packs not looked at; name them with --packs DIR")
    for count, what in (
        (found.never_seen, "never came"),
        (found.set_aside, "were set aside when they came"),
        (len(found.let_go), "days were let go, since the archive was full"),
    ):
        if count:
            lines.append(f"{count} {what if 'days' in what else 'packs ' + what}")
    return lines + [f"told when it came: {text}" for text in found.breaks]
