"""``cleanline report``: the page, its PDF, the workbook and the evidence, from one statement."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from collector.evidence.commands import add_as_of, answered, instant, write_file
from collector.evidence.export import Exported, export
from collector.evidence.gather import Materials
from collector.options import DONE, make_parser, opened, print_json, print_line
from collector.statement import Statement, state
from dashboards.report.content import content_of
from dashboards.report.ground import EVIDENCE_FILE
from dashboards.report.page import page
from dashboards.report.pdf import ADVICE, pdf
from dashboards.report.workbook import workbook
from plant.check import load_plant
from plant.errors import UsageError

PAGE, BOOK, PAPER = "report.html", "report.xlsx", "report.pdf"


def report_main(argv: Sequence[str]) -> int:
    """Write what a consultant hands over."""
    parser = make_parser(
        "report", "Write the report of a plant's claims, with its evidence.", has_languages=True
    )
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="folder to write to")
    add_as_of(parser)
    return answered(lambda: _report(parser.parse_args(argv)))


def _report(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{arguments.out}: {error.strerror}; name a folder") from error
    with opened(arguments, plant, writes=False) as held:
        made = state(
            plant, held.store, ledger=held.ledger, as_of_ms=instant(plant, arguments.as_of)
        )
        exported = export(Materials(plant, held.store, held.ledger), made)
        held.warn_of_unfinished(plant, "report")
    files = report_files(made, exported, language=arguments.lang)
    for name, content in files.items():
        write_file(arguments.out / name, content)
    notes = [] if PAPER in files else [ADVICE]
    if arguments.json:
        told = {"folder": str(arguments.out), "files": sorted(files), "notes": notes}
        print_json(told | {"fingerprint": exported.checked.fingerprint})
        return DONE
    for line in (*(str(arguments.out / name) for name in sorted(files)), *notes):
        print_line(line)
    print_line(f"fingerprint {exported.checked.fingerprint}")
    return DONE


def report_files(statement: Statement, exported: Exported, *, language: str) -> dict[str, bytes]:
    """The files of a report by name; the PDF only where it can be made."""
    content = content_of(statement, exported, "vi" if language == "vi" else "en")
    text = page(content)
    paper = pdf(text)
    files = {PAGE: text.encode(), BOOK: workbook(content), EVIDENCE_FILE: exported.archive}
    return files if paper is None else files | {PAPER: paper}
