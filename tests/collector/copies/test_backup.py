"""A backup of what is being written is whole, fits together, and can be put back."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from collector.copies.backup import MANIFEST, backup, restore
from collector.copies.backup_commands import backup_main, restore_main
from collector.ledger import Intake, Ledger, Sender
from collector.store import COUNTER, Series, open_store
from collector.store.protocol import samples
from plant.errors import StoreError, UsageError

ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))
SENDER = Sender("mill", "yard", "box")
T0 = 1_767_225_600_000
PER_PACK = 10


class Writer:
    """Commits packs as the collector does: the store, then the ledger."""

    def __init__(self, data: Path) -> None:
        self.store, self.ledger = open_store(None, data), Ledger(data)
        self.packs = 0

    def commit(self) -> None:
        self.packs += 1
        first = self.packs * PER_PACK
        times = [T0 + 1000 * n for n in range(first, first + PER_PACK)]
        self.store.write({ENERGY: samples(times, [float(t) for t in times])})
        self.ledger.journal.record(Intake({SENDER: [self.packs]}))

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with twenty packs."""
    folder = tmp_path / "data"
    writer = Writer(folder)
    for _ in range(20):
        writer.commit()
    writer.close()
    return folder


def packs_and_readings(data: Path) -> tuple[int, int]:
    store, ledger = open_store(None, data), Ledger(data)
    try:
        (box,) = ledger.journal.completeness("mill")
        assert box.never_seen == []
        return box.last, len(store.read(ENERGY, 0, end_ms=2**62))
    finally:
        store.close()
        ledger.close()


def test_every_pack_that_a_copied_ledger_has_seen_is_in_the_copied_store(tmp_path: Path) -> None:
    data = tmp_path / "data"
    writer = Writer(data)
    writer.commit()
    ends = threading.Event()

    def write() -> None:
        while not ends.is_set():
            writer.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            backup(data, tmp_path / f"backup{number}", made_ms=T0)
    finally:
        ends.set()
        thread.join()
    seen = []
    for number in range(5):
        packs, readings = packs_and_readings(tmp_path / f"backup{number}")
        assert readings >= packs * PER_PACK
        seen.append(packs)
    assert seen == sorted(seen)
    assert packs_and_readings(data)[0] == writer.packs, "nobody was disturbed"
    writer.close()


def test_a_backup_can_be_read_by_its_owner_alone(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "b").iterdir()} == {0o600}
    assert {path.name for path in (tmp_path / "b").iterdir()} == {
        "ledger.sqlite", "store.sqlite", MANIFEST
    }  # fmt: skip


def test_what_was_backed_up_comes_back_and_what_was_there_lies_aside(
    data: Path, tmp_path: Path
) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    writer = Writer(data)
    for number in range(21, 24):
        writer.packs = number - 1
        writer.commit()
    writer.close()
    with pytest.raises(UsageError, match="give --replace"):
        restore(tmp_path / "b", data, replace=False, now_ms=7)
    assert packs_and_readings(data) == (23, 230)
    aside = restore(tmp_path / "b", data, replace=True, now_ms=7)
    assert packs_and_readings(data) == (20, 200)
    assert aside is not None
    assert packs_and_readings(aside) == (23, 230)


def test_it_comes_back_on_another_machine(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    for file in (tmp_path / "b").iterdir():
        file.chmod(0o644)  # as some ways of copying leave it
    assert restore(tmp_path / "b", tmp_path / "new" / "data", replace=False, now_ms=7) is None
    assert packs_and_readings(tmp_path / "new" / "data") == (20, 200)
    files = [path for path in (tmp_path / "new" / "data").iterdir() if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


@pytest.mark.parametrize("name", ["ledger.sqlite", "store.sqlite"])
def test_a_backup_that_was_changed_is_refused_before_anything_is_touched(
    data: Path, tmp_path: Path, name: str
) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    content = bytearray((tmp_path / "b" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "b" / name).write_bytes(content)
    with pytest.raises(UsageError, match=f"{name} is missing or was changed"):
        restore(tmp_path / "b", data, replace=True, now_ms=7)
    (tmp_path / "b" / name).unlink()
    with pytest.raises(UsageError, match=f"{name} is missing or was changed"):
        restore(tmp_path / "b", data, replace=True, now_ms=7)
    assert packs_and_readings(data) == (20, 200)


def test_a_backup_that_was_not_finished_is_none(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    (tmp_path / "b" / MANIFEST).unlink()
    with pytest.raises(UsageError, match="no whole backup"):
        restore(tmp_path / "b", tmp_path / "new", replace=False, now_ms=7)


def test_a_backup_without_a_ledger_moves_nothing_aside(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    body = json.loads((tmp_path / "b" / MANIFEST).read_text())
    for files in ([], body["files"][1:], [*body["files"], body["files"][0]]):
        (tmp_path / "b" / MANIFEST).write_text(json.dumps({**body, "files": files}))
        with pytest.raises(UsageError, match="sqlite, or two"):
            restore(tmp_path / "b", data, replace=True, now_ms=7)
    assert packs_and_readings(data) == (20, 200)


@pytest.mark.parametrize(
    ("name", "pragma", "says"),
    [
        ("ledger.sqlite", "user_version = 999", "newer Cleanline"),
        ("store.sqlite", "user_version = 999", "newer Cleanline"),
        ("store.sqlite", "application_id = 5", "not Cleanline's file"),
    ],
)
def test_a_backup_that_this_version_cannot_read_is_refused_before_anything_is_touched(
    data: Path, tmp_path: Path, name: str, pragma: str, says: str
) -> None:
    with contextlib.closing(sqlite3.connect(data / name)) as db:
        db.execute(f"PRAGMA {pragma}")
    backup(data, tmp_path / "b", made_ms=T0)
    target = tmp_path / "new"
    Writer(target).close()
    with pytest.raises(StoreError, match=says):
        restore(tmp_path / "b", target, replace=True, now_ms=7)
    assert sorted(path.name for path in target.iterdir()) == [
        "collector.lock", "ledger.sqlite", "store.sqlite"
    ]  # fmt: skip
    Writer(target).close()


def test_a_manifest_cannot_name_files_elsewhere(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    text = (tmp_path / "b" / MANIFEST).read_text()
    (tmp_path / "b" / MANIFEST).write_text(text.replace("ledger.sqlite", "../ledger.sqlite"))
    with pytest.raises(UsageError, match="not a file that Cleanline backs up"):
        restore(tmp_path / "b", tmp_path / "new", replace=False, now_ms=7)


def test_a_running_collector_is_not_pulled_from_under_its_feet(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=T0)
    code = (
        "import sys; from pathlib import Path; from collector.ledger import Ledger\n"
        f"held = Ledger(Path({str(data)!r})); held.journal.completeness('mill')\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    with pytest.raises(UsageError, match="stop the collector first"):
        restore(tmp_path / "b", data, replace=True, now_ms=7)
    holder.communicate()
    restore(tmp_path / "b", data, replace=True, now_ms=7)


def test_a_damaged_store_is_not_backed_up_as_if_it_were_sound(data: Path, tmp_path: Path) -> None:
    with sqlite3.connect(data / "store.sqlite") as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    content = bytearray((data / "store.sqlite").read_bytes())
    content[4096 * (pages - 1) : 4096 * pages] = b"\xff" * 4096
    (data / "store.sqlite").write_bytes(content)
    assert backup_main([str(tmp_path / "none.toml"), str(tmp_path / "b")]) == 2
    with pytest.raises(Exception, match=r"damaged|malformed"):
        backup(data, tmp_path / "b", made_ms=T0)
    with pytest.raises(UsageError, match="no whole backup"):
        restore(tmp_path / "b", tmp_path / "new", replace=False, now_ms=7)


def test_the_commands_say_what_they_did(
    plant_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(data)]
    assert backup_main([str(plant_file), str(tmp_path / "b"), *options, "--json"]) == 0
    files = json.loads(capsys.readouterr().out)
    assert [file["name"] for file in files] == ["ledger.sqlite", "store.sqlite"]
    assert backup_main([str(plant_file), str(tmp_path / "b"), *options]) == 2
    assert "is not empty; name a new folder" in capsys.readouterr().err
    assert restore_main([str(plant_file), str(tmp_path / "b"), *options]) == 2
    assert "--replace" in capsys.readouterr().err
    assert restore_main([str(plant_file), str(tmp_path / "b"), *options, "--replace"]) == 0
    assert "what was there lies in" in capsys.readouterr().out
