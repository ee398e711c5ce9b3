"""Whoever types what a page says, line after line, gets there: with other ports and folders."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from collector.enrolment.certificates import issue_server, open_authority
from tests.documents import ROOT, typed

pytestmark = [
    pytest.mark.proof,
    pytest.mark.server("mosquitto"),
    pytest.mark.server("influxd"),
]
READY = {"agent": "event=connected", "collector": "pages=served"}  # those that last
ELSEWHERE = {"demo", "simulate"}  # `.ci/run`, and docs/simulator.md block by block
TYPED = {
    page: [command for command in typed(ROOT / page) if command.words[0] not in ELSEWHERE]
    for page in (
        "README.md",
        "docs/agent.md",
        "docs/grafana.md",
        "docs/import.md",
        "docs/install-gateway.md",
        "docs/install-server.md",
        "docs/meter-models.md",
        "docs/operation.md",
        "docs/plant-file.md",
        "docs/profile.md",
    )
}
PLANT = """
[plant]
id = "kontum-starch"
name = "Kon Tum"
[broker]
url = "mqtt://127.0.0.1:{mqtt}"
[products.starch]
[resources.electricity]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:{modbus}"
[gateways.annex.buses.panel]
tcp = "127.0.0.1:{modbus}"
[meters.incomer]
bus = "yard/panel"
unit_id = 3
model = "schneider-pm5560"
resource = "electricity"
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
by = "month"
[claims.closed-drying]
resource = "electricity"
since = "2026-01-01"
until = "2026-10-31"
saves = "6 %"
"""


class Reader:
    """Somebody with a plant, who types what a page says."""

    def __init__(self, folder: Path, ports: list[int], influx: int) -> None:
        modbus, mqtt, *self._pages = ports
        self.folder = folder
        self.changes = {
            "/etc/cleanline/": "",
            "/var/lib/cleanline": "data",
            "192.168.10.20:502": f"127.0.0.1:{modbus}",
            "192.168.10.20": f"127.0.0.1:{modbus}",
            "influx.example:8086": f"127.0.0.1:{influx}",
            "127.0.0.1:8086": f"127.0.0.1:{influx}",
            "0.0.0.0": "127.0.0.1",
        }
        (folder / "plants" / "kontum-starch").mkdir(parents=True)
        text = PLANT.format(modbus=modbus, mqtt=mqtt)
        for place in ("plant.toml", "plants/kontum-starch/plant.toml"):
            (folder / place).write_text(text)
        months = [date(2025 + i // 12, i % 12 + 1, 1) for i in range(22)]
        made = [2900 + 37 * (i * 5 % 11) for i in range(22)]
        rows = [
            f"{m:%Y-%m},{(20_000 + 180 * t) * (1 if m.year == 2025 else 0.93):.0f},{t}"
            for m, t in zip(months, made, strict=True)
        ]
        head = "month,electricity [kWh],starch [t]"
        (folder / "amounts.csv").write_text("\n".join([head, *rows]) + "\n")
        now = datetime.now(UTC)
        pair = issue_server(open_authority(folder, now), ["127.0.0.1"], now=now)
        (folder / "pages.pem").write_bytes(pair.certificate)
        (folder / "pages.key").write_bytes(pair.key)
        (folder / "password").write_text("a long enough password\n")
        shutil.copy(ROOT / "config/meters/eastron-sdm630.toml", folder / "my-meter.toml")

    def changed(self, words: tuple[str, ...]) -> list[str]:
        """The same call with the ports and folders that are had here."""
        line = list(words)
        for old, new in self.changes.items():
            line = [word.replace(old, new) for word in line]
        if line[0] == "collector":
            line = [*line, "--port", str(self._pages[0])] if "--port" not in line else line
            at = line.index("--port") + 1
            line[at] = str(self._pages[line[at] == "8081"])
        if line[:2] == ["user", "add"]:
            line += ["--password-file", "password"]  # nobody sits at a terminal here
        return line

    def types(self, words: tuple[str, ...]) -> tuple[int, str]:
        """Type one command; one that lasts is stopped once it is ready."""
        line = self.changed(words)
        log = self.folder / "said.log"
        with log.open("wb") as said:
            running = subprocess.Popen(
                [sys.executable, "-m", "cleanline", *line],
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin:/usr/sbin", "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            ready = READY.get(line[0]) if "--once" not in line else None
            deadline = time.monotonic() + 60
            while ready and ready not in log.read_text() and running.poll() is None:
                assert time.monotonic() < deadline, f"{line}: no {ready}\n{log.read_text()}"
                time.sleep(0.05)
            if ready and running.poll() is None:
                running.terminate()
            running.wait(60)
        return running.returncode, log.read_text()


@pytest.fixture
def reader(
    tmp_path: Path,
    free_ports: Callable[[int], list[int]],
    start_mosquitto: Callable[[int], subprocess.Popen[bytes]],
    influx_port: int,
) -> Iterator[Reader]:
    """A reader with a meter, a broker and an InfluxDB."""
    ports = free_ports(4)
    start_mosquitto(ports[1])
    models = ["abb-b23", "abb-b23", "schneider-pm5560", "--port-base", str(ports[0])]
    meter = subprocess.Popen(
        [sys.executable, "-m", "cleanline", "simulate", "meter", *models],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        made = Reader(tmp_path, ports, influx_port)
        for first in ("import plant.toml amounts.csv", "plan lock plant.toml"):
            code, said = made.types(tuple(first.split()))
            assert code == 0, said
        yield made
    finally:
        meter.terminate()
        meter.wait(60)


@pytest.mark.parametrize("page", TYPED)
def test_every_command_of_a_page_can_be_typed_and_ends_well(reader: Reader, page: str) -> None:
    assert TYPED[page]
    failed = []
    for command in TYPED[page]:
        code, said = reader.types(command.words)
        if code:
            failed.append(f"{command.where}: {' '.join(command.words)}\nended with {code}: {said}")
    assert not failed, "\n".join(failed)


def test_the_pages_that_are_typed_are_all_that_have_commands() -> None:
    others = {"docs/simulator.md", "docs/testing-with-cleanline.md", "docs/api.md"}
    others |= {"docs/recompute.md", "CONTRIBUTING.md"}
    for page in sorted(ROOT.glob("docs/*.md")):
        name = str(page.relative_to(ROOT))
        called = [c for c in typed(page) if c.words[0] not in ELSEWHERE]
        assert not called or name in {*TYPED, *others}, name
