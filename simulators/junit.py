"""Comparisons as a JUnit file, which every CI system shows."""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections.abc import Iterable
from pathlib import Path

from plant.errors import UsageError
from simulators.comparison import Case


def write_junit(path: Path, suite: str, cases: Iterable[Case], *, took_s: float) -> None:
    """One test case for each thing compared; a difference is a failure."""
    found = list(cases)
    failed = [case for case in found if case.difference is not None]
    root = Xml.Element("testsuites")
    head = {"name": suite, "tests": str(len(found)), "failures": str(len(failed))}
    body = Xml.SubElement(root, "testsuite", {**head, "errors": "0", "time": f"{took_s:.3f}"})
    for case in found:
        one = Xml.SubElement(body, "testcase", {"classname": suite, "name": case.name})
        if case.difference is not None:
            Xml.SubElement(one, "failure", {"message": case.difference})
    Xml.indent(root)
    try:
        Xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise UsageError(f"--junit {path}: {error.strerror}; name a file in a folder") from error
