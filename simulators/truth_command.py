"""`cleanline simulate truth SCENARIO`: what was really consumed, made and saved."""

import sys
from typing import Any

from simulators.options import add_span, parser, span, write_json
from simulators.progress import Progress
from simulators.report import truth_report
from simulators.scenario import load_scenario


def main(argv: list[str]) -> int:
    """Print the truth of a span."""
    options = parser("truth", "What the simulated plant really consumed, made and saved.")
    add_span(options, months=False)
    options.add_argument("--json", action="store_true", help="print one JSON object")
    args = options.parse_args(argv)
    scenario = load_scenario(args.scenario)
    progress = Progress("truth", sys.stderr, quiet_s=1.0)
    report = truth_report(scenario, *span(args, scenario), progress=progress.show)
    progress.end()
    if args.json:
        write_json(report)
    else:
        sys.stdout.write(_as_table(report) + "\n")
    return 0


def _as_table(report: dict[str, Any]) -> str:
    lines = [f"{'':24}{'used':>16}{'without':>16}{'saved':>9}"]
    for group in ("totals", "claims"):
        for name, row in report[group].items():
            share = row["share"]
            saved = f"{100 * share:8.2f} %" if isinstance(share, float) else ""
            claimed = f"  (a claim of {100 * row['claimed']:g} %)" if "claimed" in row else ""
            amounts = f"{row['actual']:16,.1f}{row['without']:16,.1f}"
            lines.append(f"{name:24}{amounts}{saved:9}  {row['unit']}{claimed}")
    lines += [
        f"{name:24}{count:16,} quarter hours with a reading"
        for name, count in report["readings"].items()
    ]
    lines += [f"{event['meter']:24}{event['kind']} at {event['at']}" for event in report["events"]]
    return "\n".join(lines)
