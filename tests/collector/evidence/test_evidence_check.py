"""Evidence comes to what it says, and whatever was changed in it is found and named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.evidence.archive import pack, unpack
from collector.evidence.check import check, check_file
from collector.evidence.commands import evidence_main
from collector.evidence.export import export
from collector.evidence.gather import Materials, gather
from collector.evidence.manifest import (
    MANIFEST,
    READ,
    VERSION,
    digest,
    encode_json,
    read_manifest,
)
from collector.evidence.recompute import recompute
from collector.store import COUNTER, Series
from collector.store.protocol import samples
from plant.check import load_plant
from plant.errors import EvidenceError

pytestmark = pytest.mark.slow


@pytest.fixture
def files(evidence: bytes, tmp_path: Path) -> dict[str, bytes]:
    """The files of the mill's evidence."""
    (tmp_path / "sound.zip").write_bytes(evidence)
    return unpack(tmp_path / "sound.zip")


def resealed(files: dict[str, bytes], version: int = VERSION, **changes: bytes) -> dict[str, bytes]:
    """The files with some changed, and a manifest that says so."""
    new = {n: content for n, content in files.items() if n != MANIFEST} | changes
    hashes = {name: digest(content) for name, content in new.items()}
    manifest = read_manifest(files)._replace(hashes=hashes, version=version)
    return new | {MANIFEST: manifest.encode()}


def failure(files: dict[str, bytes]) -> str:
    """What checking changed evidence says, in one line."""
    with pytest.raises(EvidenceError) as caught:
        check(files)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def swapped(content: bytes, old: str, new: str, count: int = 1) -> bytes:
    assert old.encode() in content
    return content.replace(old.encode(), new.encode(), count)


def test_the_published_plant_is_recomputed_to_what_verify_says(acme, tmp_path, capsys) -> None:
    """From months on paper: 144 amounts in, the same claims out of the evidence file alone.

    A factor that the plant file gives itself travels in it, and makes CO2e of the gas.
    """
    acme.change(("[resources.water]", 'co2e = "pipeline"\n[resources.water]'))
    paper = '[factors.pipeline]\nunit = "kgCO2/MMBTU"\nvalue = 53.06\nsource = "a paper"\n'
    acme.describe(acme.file.read_text(encoding="utf-8") + paper)
    acme.enter()
    acme.lock()
    verified, archive = list(acme.verified().values()), tmp_path / "acme.zip"

    assert evidence_main(["export", str(acme.file), str(archive)]) == 0
    capsys.readouterr()
    assert evidence_main(["check", str(archive), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["amounts"], told["readings"]) == (144, 0)
    assert told["verdicts"] == {"less-electricity": "undecided", "less-gas": "undecided"}
    assert told["numbers"] > 300
    held = unpack(archive)
    claims = json.loads(held["results.json"])["claims"]
    assert [claim["verified"] for claim in claims] == verified
    (emitted,) = claims[1]["worth"]
    assert emitted["value"] == pytest.approx(verified[1]["saving"] * 0.05306)
    assert emitted["rates"][0]["source"] == "a paper"
    found = recompute(held, read_manifest(held))
    assert json.loads(json.dumps([c.verified.as_json() for c in found.claims])) == verified


def test_a_metered_plant_is_recomputed_from_its_readings(a_mill, evidence, tmp_path) -> None:
    path = tmp_path / "e.zip"
    path.write_bytes(evidence)
    checked = check_file(path)
    (claim,) = checked.statement.claims
    assert claim.verified.outcome.verdict == "proven"
    assert checked.readings > 34_000
    assert checked.statement.as_json() == a_mill.statement().as_json()


def test_the_same_inputs_give_the_same_bytes(make_mill, evidence) -> None:
    again = make_mill()
    held = Materials(again.plant, again.store, again.ledger)
    assert export(held, again.statement()).archive == evidence


def test_what_came_after_the_claim_leaves_no_trace(make_mill, evidence) -> None:
    """A later export speaks of the same claim; only readings that it rests on are in it."""
    mill = make_mill()
    mill.now_ms += 400 * 86_400_000
    held = Materials(mill.plant, mill.store, mill.ledger)
    assert export(held, mill.statement()).archive == evidence


def test_one_flipped_byte_of_any_file_is_found_and_named(files) -> None:
    assert len(files) == 15
    for name, content in files.items():
        for place in (0, len(content) // 2, len(content) - 1):
            flipped = bytearray(content)
            flipped[place] ^= 1
            told = failure(files | {name: bytes(flipped)})
            assert name == MANIFEST or f"{name} was changed" in told


def test_a_changed_file_is_one_line_on_stderr_and_exit_1(files, tmp_path, capsys) -> None:
    path = tmp_path / "changed.zip"
    path.write_bytes(pack(files | {"locks.json": files["locks.json"] + b" "}))
    assert evidence_main(["check", str(path)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        f"{path}: locks.json was changed: its SHA-256 is not that of the manifest\n"
    )


def test_a_byte_flipped_in_the_packed_file_is_found(evidence, files, tmp_path, capsys) -> None:
    """Wherever in the archive the damage lies: refused, unless every file is still the same."""
    path = tmp_path / "flipped.zip"
    for place in range(30, len(evidence), len(evidence) // 40):
        flipped = bytearray(evidence)
        flipped[place] ^= 0x10
        path.write_bytes(flipped)
        if evidence_main(["check", str(path)]) == 0:  # a date of the archive's own list, say
            assert unpack(path) == files, place
        else:
            assert capsys.readouterr().err.count("\n") == 1


def test_a_reading_changed_together_with_its_hash_is_found_by_the_numbers(
    files, tmp_path, capsys
) -> None:
    name = "readings/incomer.csv"
    lines = files[name].decode().split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("2025-05-20T17:00"))
    time, value = lines[at].split(",")
    lines[at] = f"{time},{float(np.float32(float(value) + 30))!r}"
    told = failure(resealed(files, **{name: "\n".join(lines).encode()}))
    assert re.search(r"results\.json\.\S+: [\d.]+, recomputed [\d.]+$", told.strip())


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("results.json", '"verdict": "proven"', '"verdict": "plausible"', "recomputed 'proven'"),
        ("results.json", '"n": 119', '"n": 120', "recomputed 119"),
        ("results.json", '"days_without": 0', '"days_without": false', "recomputed 0"),
        ("results.json", '"rows": [', '"row": [', "one side only"),
        ("plant.toml", 'saves = "5 %"', 'saves = "9 %"', "recomputed"),
        ("plant.toml", 'uncertainty = "0.5 %"', 'uncertainty = "0.1 %"', "recomputed"),
        ("plant.toml", "value = 2000", "value = 3000", "worth"),
        ("plant.toml", 'id = "mill"', 'id = "hill"', "describes 'hill'"),
        ("plant.toml", '"2025-04-30"]', '"2825-04-30"]', "recomputed"),
        ("plant.toml", "[plant]", "[plant", "cannot be recomputed"),
        ("factors/vn-grid.toml", "2023 = 0.6592", "2023 = 0.9592", "worth"),
        ("sectors/cassava-starch.toml", "survey", "gossip", "cannot be recomputed"),
        ("models/generic-belt-scale.toml", 'unit = "t"', 'unit = "kg"', "recomputed"),
        ("models/generic-belt-scale.toml", "[points]", "[point]", "cannot be recomputed"),
        ("locks.json", "L. Nguyen", "M. Nguyen", "author"),
        ("locks.json", '"readings_known": 61', '"readings_known": 0', "readings_known"),
        ("locks.json", r'\"confidence_percent\":90.0', r'\"confidence_percent\":80.0', "lock 1"),
        ("amounts.csv", ",6.5,", ",7.5,", "recomputed"),
        ("amounts.csv", ",typing error,", ",typing  error,", "no change of a number"),
        ("amounts.csv", "Z,4,\n", "Z,5,\n", "does not replace the one before"),
        ("amounts.csv", "2025-01-04", "2025-01-4", "cannot be read"),
        ("amounts.csv", "degC day", "degF day", "no change of a number"),
        ("readings/scale.csv", "time,value\n", "time,value\n\n", "cannot be read"),
    ],
)  # fmt: skip
def test_a_changed_text_with_its_hash_is_found_by_what_follows_from_it(
    files, name, old, new, told
) -> None:
    changed = resealed(files, **{name: swapped(files[name], old, new)})
    if told == "no change of a number":
        assert check(changed).fingerprint != check(files).fingerprint
    else:
        assert told in failure(changed)


@pytest.mark.parametrize(
    "line",
    [
        "2025-05-20T17:00:07.000Z", "2025-05-20T17:00:07.000Z,nan", "2025-05-20T17:00:07.000Z,inf",
        "2025-05-20T17:00:07.000Z,1_0.0", "2025-05-20T17:00:07.000Z, 1.0", "NaT,1.0",
        "2025-05-20T17:00:07.000+0,1.0", "2025-05-20 17:00:07.000Z,1.0", ",", "=1+1,2",
        "1999-05-20T17:00:07.000Z,1.0", "9999-05-20T17:00:07.000Z,1.0",
        "2025-05-20T17:00:07.000Z,1.0\r",
        "2025-01-01T00:00:00.000Z,1.0\n2025-01-01T00:00:00.000Z,1.0",
    ],
)  # fmt: skip
def test_a_line_that_is_no_reading_is_refused_with_its_file(files, line) -> None:
    name = "readings/scale.csv"
    with pytest.raises(EvidenceError, match=name):
        check(resealed(files, **{name: f"time,value\n{line}\n".encode()}))


def test_an_older_form_may_lack_a_field_and_word_a_sentence_otherwise_and_both_are_named(
    files,
) -> None:
    """But never another number, nor a field that it had; and today's form may do neither."""
    text = files["results.json"]
    lacking = re.sub(rb'\n *"points_in_unseen_season": 0,', b"", text)
    reworded = swapped(lacking, "points of the baseline are left out", "points left out before")
    assert len(reworded) < len(lacking) < len(text)
    remarks = check(resealed(files, 1, **{"results.json": reworded})).remarks
    assert [remark.rpartition(".")[2] for remark in remarks[1:]] == [
        "points_in_unseen_season", "warnings"
    ]  # fmt: skip
    for version, changed, told in (
        (VERSION, lacking, "points_in_unseen_season: stands on one side only"),
        (1, swapped(lacking, '"points_outside": 0', '"points_outside": 1'), "older form, check it"),
        (1, re.sub(rb'\n *"points_outside": 0,', b"", lacking), "points_outside: stands on one"),
        (1, re.sub(rb'"1 points of the', b'"2 points of the', lacking), "is not said of these"),
    ):
        assert told in failure(resealed(files, version, **{"results.json": changed}))


@pytest.mark.parametrize("form", READ)
def test_evidence_of_every_form_comes_to_what_it_says(form) -> None:
    """As it lay on a disk. The newest form says just what is told today.

    Where that fails, a field came or a sentence was worded anew: begin a version of the manifest
    (`collector/evidence/comparison.py`), and put evidence of it beside the others.
    """
    folder = Path(__file__).parents[2] / "cases" / "evidence" / f"form-{form}"
    kept = {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*.*")}
    assert read_manifest(kept).version == form
    checked = check(kept)
    assert checked.numbers > 300
    assert bool(checked.remarks) == (form != VERSION)
    assert ("points_in_unseen_season" in " ".join(checked.remarks)) == (form == 1)


def test_a_plan_of_eight_centuries_is_refused_before_it_is_computed(files) -> None:
    text = swapped(files["plant.toml"], "2025-01-01", "1125-01-01")
    with pytest.raises(EvidenceError, match="lasts longer"):
        check(resealed(files, **{"plant.toml": text}))


def test_a_missing_and_an_additional_file_are_named(files) -> None:
    for name in files:
        told = failure({n: c for n, c in files.items() if n != name})
        assert f"{name} is missing" in told
    assert "x.csv was added" in failure(files | {"x.csv": b""})


def test_files_left_out_with_their_hash_are_missed_all_the_same(files) -> None:
    for name in files:
        if name in (MANIFEST, "README.txt", "events.csv", "notes.json"):
            continue
        if name.startswith(("models/", "sectors/")):
            continue  # what is shipped here takes the place of a model; norms are no numbers
        kept = {n: c for n, c in files.items() if n not in (name, MANIFEST)}
        sealed = {n: digest(c) for n, c in kept.items()}
        failure(kept | {MANIFEST: read_manifest(files)._replace(hashes=sealed).encode()})


def test_readings_of_a_meter_that_the_plant_does_not_have_are_refused(files) -> None:
    with pytest.raises(EvidenceError, match="does not have"):
        check(resealed(files, **{"readings/ghost.csv": b"time,value\n"}))


def test_forged_results_that_fit_each_other_have_another_fingerprint(files) -> None:
    """Whoever changes readings and results alike makes other evidence, and the report shows it."""
    text = swapped(files["amounts.csv"], ",6.5,", ",7.5,")
    forged = resealed(files, **{"amounts.csv": text})
    found = recompute(forged, read_manifest(forged))
    forged = resealed(forged, **{"results.json": encode_json(found.as_json())})
    assert check(forged).fingerprint != check(files).fingerprint


def test_without_a_lock_the_evidence_expects_nothing(make_mill, files) -> None:
    mill = make_mill(swapped(files["plant.toml"], "[claims", "[claims").decode())
    changed = swapped(mill.file.read_bytes(), '"2025-04-30"]', '"2025-04-29"]')
    mill.file.write_bytes(changed)
    mill.plant = load_plant(mill.file)
    statement = mill.statement()
    held = Materials(mill.plant, mill.store, mill.ledger)
    told = json.loads(gather(held, statement)["results.json"])["claims"][0]
    assert told["verified"]["reason_key"] == "plan-changed"
    assert told["verified"]["expected"] is None
    assert told["worth"] == []
    assert all(row["expected"] is None for row in told["rows"])
    check(gather(held, statement))


def test_rows_that_are_not_those_of_the_readings_are_not_exported(
    make_mill: Callable[..., Any], tmp_path, capsys
) -> None:
    """A reading that was stored and not yet derived: evidence now would not come out."""
    mill = make_mill()
    series = Series(COUNTER, "mill", ("scale", "mass"))
    rows = mill.store.read(series, 0, end_ms=2**62)
    at = 1 + 90 * 96  # after a midnight: day totals hang on it
    mill.store.write({series: samples(rows.times_ms[at : at + 1], rows.values[at : at + 1] + 0.02)})
    arguments = ["export", str(mill.file), str(tmp_path / "e.zip"), "--data", str(mill.data)]
    assert evidence_main([*arguments, "--as-of", "2025-07-01"]) == 1
    assert "let the collector derive" in capsys.readouterr().err
    assert not (tmp_path / "e.zip").exists()


def test_the_archived_model_is_used_and_not_the_shipped_one(files) -> None:
    name = "models/eastron-sdm630.toml"
    slower = swapped(files[name], 'max_rate = "2 MW"', 'max_rate = "9 kW"')
    assert "recomputed" in failure(resealed(files, **{name: slower}))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2), (["prove"], 2), (["check"], 2), (["check", "none.zip"], 2),
        (["export", "none.toml", "e.zip"], 2), (["check", __file__], 1),
    ],
)  # fmt: skip
def test_a_wrong_use_is_exit_2_and_a_file_that_is_no_evidence_exit_1(
    arguments, code, capsys
) -> None:
    try:
        found = evidence_main(arguments)
    except SystemExit as stop:
        found = stop.code
    assert found == code
    assert capsys.readouterr().err
