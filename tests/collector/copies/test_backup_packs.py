"""A backup holds the packs as they came: those that its ledger knows, and no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from collector.copies.backup import backup, restore
from collector.copies.backup_commands import backup_main, restore_main
from collector.custody.archive import Archive, read_day
from collector.custody.keeper import Keeper
from collector.custody.record import Record
from collector.enrolment.commands import enroll_main
from collector.ledger import Intake, Ledger, Link, Sender
from plant.calendar import DAY_MS
from plant.errors import UsageError

NOON = 20_000 * DAY_MS + DAY_MS // 2
TODAY, TOMORROW = "packs/mill/2024-10-04.gz", "packs/mill/2024-10-05.gz"
SENDER = Sender("mill", "yard", "box")


def record(seq: int, received_ms: int = NOON) -> Record:
    return Record(received_ms, "yard", "box", seq, "c", "", None, b"[]")


def commit(ledger: Ledger, archive: Archive, *records: Record) -> None:
    """What the collector does with accepted packs."""
    linked = {Link(r.seq, bytes.fromhex(r.hash), b"", False, r.received_ms): r for r in records}
    links = Keeper(ledger, archive).keep({SENDER: linked})
    ledger.journal.record(Intake({SENDER: [r.seq for r in records]}, links=links, kept=True))


def held(folder: Path, name: str) -> list[int]:
    return [one.seq for one in read_day((folder / name).read_bytes(), name)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with packs 1-3 of one day, 4 of the next, and 5 of which no ledger knows."""
    folder = tmp_path / "data"
    ledger, archive = Ledger(folder), Archive(folder, 2**30)
    commit(ledger, archive, record(1), record(2))
    archive.append("mill", [record(3)])  # of a collector that was killed here
    commit(ledger, archive, record(3))
    commit(ledger, archive, record(4, NOON + DAY_MS))
    archive.append("mill", [record(5, NOON + DAY_MS)])
    ledger.close()
    return folder


def test_packs_that_the_copied_ledger_does_not_know_are_left_out(
    data: Path, tmp_path: Path
) -> None:
    copied = backup(data, tmp_path / "b", made_ms=NOON)
    assert [file.name for file in copied] == ["ledger.sqlite", TODAY, TOMORROW]
    assert held(tmp_path / "b", TODAY) == [1, 2, 3, 3]
    assert held(tmp_path / "b", TOMORROW) == [4], "5 would look added"
    assert (tmp_path / "b" / TODAY).stat().st_mode & 0o077 == 0


def test_a_piece_that_a_power_cut_left_torn_is_not_copied_and_an_old_file_as_it_is(
    data: Path, tmp_path: Path
) -> None:
    with (data / TODAY).open("ab") as file:
        file.write((data / TOMORROW).read_bytes()[:40])
    backup(data, tmp_path / "new", made_ms=NOON)
    assert held(tmp_path / "new", TODAY) == [1, 2, 3, 3]
    content = bytearray((data / TOMORROW).read_bytes())
    content[0] ^= 1
    (data / TOMORROW).write_bytes(content)
    backup(data, tmp_path / "damaged", made_ms=NOON)
    assert (tmp_path / "damaged" / TOMORROW).read_bytes() == content, "what follows damage is kept"
    long_ago_s = NOON / 1000
    os.utime(data / TODAY, (long_ago_s, long_ago_s))
    backup(data, tmp_path / "old", made_ms=NOON + DAY_MS)
    assert (tmp_path / "old" / TODAY).read_bytes() == (data / TODAY).read_bytes()


def test_packs_come_back_and_those_that_were_there_lie_aside(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=NOON)
    aside = restore(tmp_path / "b", data, replace=True, now_ms=7)
    assert aside is not None
    assert held(aside, TOMORROW) == [4, 5]
    assert held(data, TOMORROW) == [4]
    assert not (data / "restoring").exists()
    assert restore(tmp_path / "b", tmp_path / "elsewhere", replace=False, now_ms=7) is None
    assert held(tmp_path / "elsewhere", TODAY) == [1, 2, 3, 3]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_what_root_puts_back_belongs_to_the_user_of_the_folder(data: Path, tmp_path: Path) -> None:
    """The collector runs as a user of its own, and restore is typed with sudo."""
    backup(data, tmp_path / "b", made_ms=NOON)
    os.chown(data, 12345, 12345)
    restore(tmp_path / "b", data, replace=True, now_ms=7)
    for name in ("ledger.sqlite", "packs", "packs/mill", TODAY):
        assert (data / name).stat().st_uid == 12345, name


def test_a_changed_pack_file_or_an_odd_name_is_refused(data: Path, tmp_path: Path) -> None:
    backup(data, tmp_path / "b", made_ms=NOON)
    manifest = tmp_path / "b" / "backup.json"
    sound = manifest.read_text()
    for name in ("packs/../../x.gz", "packs/mill/../2024-10-04.gz", f"/{TODAY}", "packs/mill/x.gz"):
        manifest.write_text(sound.replace(TODAY, name))
        with pytest.raises(UsageError, match="not a file that Cleanline backs up"):
            restore(tmp_path / "b", tmp_path / "new", replace=False, now_ms=7)
    manifest.write_text(sound)
    (tmp_path / "b" / TODAY).write_bytes(b"")
    with pytest.raises(UsageError, match=f"{TODAY} is missing or was changed"):
        restore(tmp_path / "b", tmp_path / "new", replace=False, now_ms=7)


def test_the_audit_log_tells_of_backup_restore_and_enrolment(
    data: Path, plant_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant, there = str(plant_file), ["--data", str(data)]
    assert backup_main([plant, str(tmp_path / "b"), *there, "--without-packs"]) == 0
    assert not (tmp_path / "b" / "packs").exists()
    assert restore_main([plant, str(tmp_path / "b"), *there, "--replace"]) == 0
    assert held(data, TODAY) == [1, 2, 3, 3], "a backup without packs leaves those that are there"
    broker = ["--out", str(tmp_path / "broker")]
    assert enroll_main([plant, "yard", *broker, *there]) == 0
    assert enroll_main([plant, "yard", *broker, *there, "--revoke"]) == 0
    assert capsys.readouterr().err == ""
    assert enroll_main([plant, "annex", *broker, "--data", str(tmp_path / "none")]) == 0
    assert "no ledger in" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
    ledger = Ledger(data)
    told = [(one.plant, one.action, one.detail, one.address) for one in ledger.audit.newest()]
    ledger.close()
    assert told == [
        ("mill", "enroll", "yard revoked", "command line"),
        ("mill", "enroll", "yard let in by certificate", "command line"),
        ("mill", "restore", str(tmp_path / "b"), "command line"),
    ], "the backup's own line lies aside with the ledger that it was entered into"
