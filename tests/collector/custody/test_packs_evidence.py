"""The first pack that was altered, dropped or added since it came is named, whoever did it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.custody.archive import Archive, days, read_day
from collector.custody.member import pack_member
from collector.custody.record import Record
from collector.deriving.derive import Deriver
from collector.entry_points import verify_main
from collector.evidence.check import check
from collector.evidence.commands import evidence_main, told_packs
from collector.evidence.export import export
from collector.evidence.gather import Materials, gather
from collector.evidence.manifest import MANIFEST, decode_json, digest, encode_json
from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger
from collector.statement import as_of, state
from collector.stats import Stats
from collector.store.sqlite import SqliteStore
from dashboards.report.commands import report_main
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant
from plant.description import Plant
from plant.errors import EvidenceError
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from tests.collector.conftest import PLANT
from tests.collector.signing import Sending, signing, with_keys

pytestmark = pytest.mark.slow

PLAN = """
[plans.electricity]
baseline = ["2026-05-01", "2026-05-05"]
drivers = ["starch"]

[claims.drying]
resource = "electricity"
since = "2026-05-06"
until = "2026-05-10"
saves = "5 %"
"""
DAY_MS = 96 * SLOT_MS
FILES = 10


class Site:
    """A plant whose gateway sent a pack every two hours for ten days, and its evidence."""

    def __init__(self, plant: Plant, folder: Path, yard: Sending) -> None:
        self.plant, self.yard = plant, yard
        self.ledger, self.store = Ledger(folder), SqliteStore(folder / "store.sqlite")
        self.archive = Archive(folder, 2**30)
        self.start_ms = day_start_ms(next(iter(plant.plans.values())).baseline[0], plant.zone)
        self.end_ms = self.start_ms + FILES * DAY_MS
        self._ingest = Ingest(
            {"mill": Roster.of(plant)},
            self.store,
            ledger=self.ledger,
            stats=Stats(),
            clock=lambda: self.end_ms,
            archive=self.archive,
        )

    def fill(self, change: Callable[[Message], list[Message]] = lambda pack: [pack]) -> None:
        for first in range(0, FILES * 96, 8):
            at = [self.start_ms + (first + i) * SLOT_MS for i in range(8)]
            readings = [
                *(Reading("incomer", "energy", t, (t - self.start_ms) / 1e6) for t in at),
                *(Reading("scale", "mass", t, (t - self.start_ms) / 1e7) for t in at),
            ]
            pack = self.yard.pack(encode_pack(Pack("mill", readings), {}), at[-1] + 5000)
            self._ingest.commit(change(pack))
        deriver = Deriver([self.plant], self.store, ledger=self.ledger)
        deriver.renew()
        while deriver.waiting():
            deriver.step()

    def statement(self) -> Any:
        at_ms = as_of(self.plant, self.end_ms)
        return state(self.plant, self.store, ledger=self.ledger, as_of_ms=at_ms)

    def evidence(self) -> dict[str, bytes]:
        return gather(Materials(self.plant, self.store, self.ledger), self.statement())

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


KINDS = ["signed", "unsigned"]


def described(plant_file: Path, kind: str) -> Sending:
    """The gateway of a plant whose file is written, with its key where it has one."""
    text = PLANT.replace('within = "incomer"', 'within = "incomer"\npoints = ["power"]') + PLAN
    plant_file.write_text(text, encoding="utf-8")
    yard = signing("yard") if kind == "signed" else Sending("yard")
    if yard.key:
        with_keys(plant_file, yard)
    return yard


@pytest.fixture(scope="module", params=KINDS)
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Sending]:
    """The folder of a site that nobody touched, and its gateway."""
    folder = tmp_path_factory.mktemp("site")
    yard = described(folder / "plant.toml", request.param)
    with closing(Site(load_plant(folder / "plant.toml"), folder / "data", yard)) as site:
        site.fill()
    return folder, yard


@pytest.fixture
def site(kept: tuple[Path, Sending], tmp_path: Path) -> Iterator[Site]:
    """A copy of it."""
    folder, yard = kept
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with closing(Site(load_plant(tmp_path / "plant.toml"), tmp_path / "data", yard)) as copy:
        yield copy


@pytest.fixture(scope="module")
def files(kept: tuple[Path, Sending]) -> dict[str, bytes]:
    """Its evidence."""
    folder, yard = kept
    with closing(Site(load_plant(folder / "plant.toml"), folder / "data", yard)) as site:
        return site.evidence()


def records(files: dict[str, bytes]) -> dict[str, list[Record]]:
    names = sorted(name for name in files if name.startswith("packs/"))
    return {name: list(read_day(files[name], name)) for name in names}


def rewritten(
    files: dict[str, bytes], name: str, found: list[Record], *, hide: bool
) -> dict[str, bytes]:
    """The evidence with another file of packs; hidden, with every hash made anew."""
    content = b"".join(pack_member(one.encode()) for one in found)
    files = files | {name: content}
    if not hide:
        return files
    body = decode_json(files["packs.json"], "")
    for day in body["files"]:
        if f"packs/{day['name']}" == name:
            day["bytes"], day["sha256"] = len(content), digest(content)
    files |= {"packs.json": encode_json(body)}
    manifest = decode_json(files[MANIFEST], MANIFEST)
    manifest["files"] = {key: digest(files[key]) for key in manifest["files"]}
    return files | {MANIFEST: encode_json(manifest)}


def _altered(day: list[Record]) -> list[Record]:
    odd = day[3]._replace(payload=day[3].payload.replace(b'"v":', b'"v":1', 1))
    return [*day[:3], odd, *day[4:]]


def _dropped(day: list[Record]) -> list[Record]:
    return day[:3] + day[4:]


def _added(day: list[Record]) -> list[Record]:
    return [*day, day[3]._replace(seq=1000)]


def _in_anothers_name(day: list[Record]) -> list[Record]:
    return [*day[:3], day[3]._replace(outbox="other"), *day[4:]]


def _exchanged(day: list[Record]) -> list[Record]:
    first, second = day[3], day[4]
    swapped = [first._replace(payload=second.payload), second._replace(payload=first.payload)]
    return [*day[:3], *swapped, *day[5:]]


ATTACKS = {
    "altered": (_altered, "was altered"),
    "dropped": (_dropped, "was dropped"),
    "added": (_added, "pack 1000 of gateway yard (outbox box) was added"),
    "from another identity": (_in_anothers_name, "was dropped"),
    "exchanged": (_exchanged, "was altered"),
}


@pytest.mark.parametrize("hide", [False, True], ids=["plain", "hidden"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_first_pack_that_is_not_as_it_was_is_named(
    files: dict[str, bytes], attack: str, hide: bool
) -> None:
    """Even where the attacker has made every hash of the evidence anew."""
    change, says = ATTACKS[attack]
    name, day = list(records(files).items())[7]
    with pytest.raises(EvidenceError) as told:
        check(rewritten(files, name, change(day), hide=hide))
    assert says in str(told.value)
    if attack != "added":
        assert f"pack {day[3].seq} of gateway yard" in str(told.value)


def test_what_is_whole_is_said_with_who_signed_it(site: Site) -> None:
    checked = check(site.evidence())
    packs = checked.packs
    assert packs is not None
    assert packs.looked_at == FILES * 12
    signed = FILES * 12 if site.yard.key else 0
    assert packs.signed == {"yard": (signed, FILES * 12)}
    assert packs.readings > 500
    word = "signed" if signed else "unsigned"
    said = [f"packs of gateway yard: 120, {word}", "120 packs hang together"]
    assert told_packs(packs)[:2] == said


def test_the_last_pack_altered_is_named_too(
    files: dict[str, bytes],
) -> None:
    name, day = list(records(files).items())[-1]
    odd = day[-1]._replace(payload=day[-1].payload.replace(b'"v":', b'"v":1', 1))
    with pytest.raises(EvidenceError, match=r"pack 120 of gateway yard .*was altered"):
        check(rewritten(files, name, [*day[:-1], odd], hide=True))


def test_packs_in_another_order_are_a_file_that_was_rewritten(
    files: dict[str, bytes],
) -> None:
    name, day = list(records(files).items())[5]
    with pytest.raises(EvidenceError, match=f"{name} was changed"):
        check(rewritten(files, name, day[::-1], hide=False))
    assert check(rewritten(files, name, day[::-1], hide=True)).packs is not None, "order is nothing"


def test_a_byte_of_the_archive_that_turned_is_said_with_the_pack_before_it(
    files: dict[str, bytes],
) -> None:
    name = list(records(files))[5]
    content = bytearray(files[name])
    content[len(content) // 2] ^= 1
    with pytest.raises(
        EvidenceError, match=r"was changed.*damaged .* after pack \d+ of gateway yard"
    ):
        check(files | {name: bytes(content)})


def test_an_archive_rewritten_on_the_server_fits_no_evidence_of_before(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The evidence only names the packs; whoever holds the archive shows it."""
    monkeypatch.setattr("collector.evidence.packs.CARRIED_BYTES", 0)
    files = site.evidence()
    assert not [name for name in files if name.startswith("packs/")]
    left = check(files).packs
    assert left is not None
    assert (left.looked_at, left.days_left) == (0, FILES + 1)
    folder = site.archive.folder / "mill"
    whole = check(files, folder).packs
    assert whole is not None
    assert (whole.looked_at, whole.days_left) == (120, 0)
    path = list(days(folder).values())[7]
    found = list(read_day(path.read_bytes(), ""))
    path.write_bytes(b"".join(pack_member(one.encode()) for one in _altered(found)))
    with pytest.raises(EvidenceError, match=f"pack {found[3].seq} of gateway yard .* altered"):
        check(files, folder)
    path.unlink()
    with pytest.raises(EvidenceError, match="the evidence names its packs"):
        check(files, folder)


def test_no_evidence_is_written_from_an_archive_that_was_changed(site: Site) -> None:
    path = list(days(site.archive.folder / "mill").values())[7]
    found = list(read_day(path.read_bytes(), ""))
    path.write_bytes(b"".join(pack_member(one.encode()) for one in _dropped(found)))
    held = Materials(site.plant, site.store, site.ledger)
    with pytest.raises(EvidenceError, match=f"pack {found[3].seq} .* was dropped"):
        export(held, site.statement())
    path.unlink()
    with pytest.raises(EvidenceError, match="dropped: the collector had packs of that day"):
        export(held, site.statement())


def test_a_reading_altered_in_the_store_is_not_that_of_its_pack(site: Site) -> None:
    database = site.store._database
    with database.transaction() as connection:
        connection.execute("UPDATE points SET value = value + 0.001 WHERE time_ms % 7200000 = 0")
    held = Materials(site.plant, site.store, site.ledger)
    with pytest.raises(EvidenceError):
        export(held, site.statement())
    with pytest.raises(EvidenceError, match=r"readings/(incomer|scale).csv: .* the pack says"):
        check(site.evidence())


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_told_when_it_came_is_printed_and_no_finding(tmp_path: Path, kind: str) -> None:
    """Packs that never came, or came altered to a gateway without a key, are the past."""
    yard = described(tmp_path / "plant.toml", kind)
    site = Site(load_plant(tmp_path / "plant.toml"), tmp_path / "data", yard)

    def change(pack: Message) -> list[Message]:
        seq = int(pack.properties["seq"])
        if seq in (50, 51):
            return []
        if seq == 70:
            other = encode_pack(
                Pack("mill", [Reading("incomer", "energy", site.start_ms, 0.5)]), {}
            )
            return [pack, pack._replace(payload=other)]
        return [pack]

    with closing(site):
        site.fill(change)
        packs = check(site.evidence()).packs
    assert packs is not None
    assert packs.never_seen == 2
    if site.yard.key is None:
        assert packs.breaks == ["pack 70 came again with other content"]
        assert "told when it came: pack 70 came again with other content" in told_packs(packs)
    else:
        assert (packs.breaks, packs.set_aside) == ([], 1)


def test_the_commands_say_it(site: Site, tmp_path: Path, capsys) -> None:
    file = tmp_path / "evidence.zip"
    plant_file, data = tmp_path / "plant.toml", ["--data", str(tmp_path / "data")]
    assert evidence_main(["export", str(plant_file), str(file), *data]) == 0
    word = "signed" if site.yard.key else "unsigned"
    assert f"packs of gateway yard: 120, {word}" in capsys.readouterr().out
    folder = str(site.archive.folder / "mill")
    assert evidence_main(["check", str(file), "--packs", folder]) == 2
    assert "carries its packs" in capsys.readouterr().err
    assert evidence_main(["check", str(file), "--packs", f"{folder}/none"]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert evidence_main(["check", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["packs"]["looked_at"] == 120


def test_the_report_and_verify_say_it(site: Site, tmp_path: Path, capsys) -> None:
    plant_file, data = tmp_path / "plant.toml", ["--data", str(tmp_path / "data")]
    word = "signed" if site.yard.key else "unsigned"
    assert verify_main([str(plant_file), *data]) == 0
    assert f"packs of gateway yard: 120, {word}\n" in capsys.readouterr().out
    assert verify_main([str(plant_file), *data, "--json"]) == 0
    (claim,) = json.loads(capsys.readouterr().out)
    signed = 120 if site.yard.key else 0
    assert claim["packs"] == [{"gateway": "yard", "packs": 120, "signed": signed}]
    assert (
        report_main([str(plant_file), *data, "--out", str(tmp_path / "out"), "--lang", "vi"]) == 0
    )
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert f"gateway yard: 120, {'' if signed else 'không '}có chữ ký" in page
    assert ("không chứng tỏ được" in page) == (not signed)


ABSURD = ["[]", "{}", '{"files": 3}', '{"files":[],"missing":[],"let_go":[],"outboxes":[1]}']


@pytest.mark.parametrize("text", ABSURD)
def test_an_absurd_list_of_packs_is_one_line(files: dict[str, bytes], text: str) -> None:
    files = files | {"packs.json": text.encode()}
    manifest = decode_json(files[MANIFEST], MANIFEST)
    manifest["files"]["packs.json"] = digest(text.encode())
    with pytest.raises(EvidenceError, match=r"packs\.json: not as Cleanline writes it"):
        check(files | {MANIFEST: encode_json(manifest)})
