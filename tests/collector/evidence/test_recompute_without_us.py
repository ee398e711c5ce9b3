"""What docs/recompute.md tells to type finds the same saving with numpy alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "recompute.md"


def test_the_lines_of_the_documentation_recompute_days_and_saving(
    evidence: bytes, a_mill, tmp_path: Path
) -> None:
    (script,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    assert not re.search(r"^(import|from) .*\b(collector|plant|cleanline)\b", script, re.M)
    (tmp_path / "recompute.py").write_text(script, encoding="utf-8")
    (tmp_path / "evidence.zip").write_bytes(evidence)
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "recompute.py", "evidence.zip"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    incomer, scale, saving = done.stdout.splitlines()
    changed = "2025-02-09, 2025-02-10, 2025-04-03, 2025-04-04"  # exchanged; one reading of zero
    assert incomer == f"incomer x 1: 177 of 181 days alike; others: {changed}"
    assert scale.endswith("181 of 181 days alike; others: none")
    (claim,) = a_mill.statement().as_json()["claims"]
    told = f"{claim['verified']['saving']:.3f}"
    assert saving.endswith(f"saved {told} kWh, the report says {told}")
