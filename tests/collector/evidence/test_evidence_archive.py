"""An archive from a stranger: sound ones come back as they were, hostile ones are refused."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.evidence import archive
from collector.evidence.archive import pack, unpack
from collector.evidence.manifest import (
    MANIFEST,
    Manifest,
    decode_json,
    digest,
    encode_json,
    read_manifest,
)
from plant.errors import EvidenceError, UsageError

pytestmark = pytest.mark.slow

NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}(/[a-z0-9][a-z0-9._-]{0,20})?", fullmatch=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "e.zip"


def zipped(
    *entries: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_STORED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in entries:
            made.writestr(name, content)
    return buffer.getvalue()


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(EvidenceError) as caught:
        unpack(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@given(files=st.dictionaries(NAMES, st.binary(max_size=2000), max_size=8))
def test_what_goes_in_comes_out(path: Path, files: dict[str, bytes]) -> None:
    path.write_bytes(pack(files))
    assert unpack(path) == files


@given(files=st.dictionaries(NAMES, st.binary(max_size=200), max_size=8))
def test_the_order_of_writing_leaves_no_trace(files: dict[str, bytes]) -> None:
    assert pack(files) == pack(dict(reversed(files.items())))


@pytest.mark.parametrize(
    "name",
    [
        "../plant.toml", "readings/../../x", "/etc/passwd", "C:/x", "readings\\x", "..", ".hidden",
        "a/b/c", "readings/", "a//b", "x\ny", "café", "a" * 200, "con fig", "./x", "",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(path: Path, name: str) -> None:
    assert "refused" in refusal(path, zipped((zipfile.ZipInfo(name), b"x")))


@given(name=st.text(min_size=1, max_size=30))
def test_only_plain_names_ever_come_out(path: Path, name: str) -> None:
    try:
        content = zipped((zipfile.ZipInfo(name), b"x"))
    except (ValueError, UnicodeEncodeError):
        return
    path.write_bytes(content)
    try:
        found = unpack(path)
    except EvidenceError:
        return
    assert all(part not in ("", ".", "..") for name in found for part in name.split("/"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFIFO])
def test_a_link_or_device_is_refused(path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("plant.toml")
    entry.external_attr = (kind | 0o777) << 16
    assert "no ordinary file" in refusal(path, zipped((entry, b"/etc/passwd")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["plant.toml", "PLANT.TOML"])
def test_a_name_that_stands_twice_is_refused(path: Path, second: str) -> None:
    assert "twice" in refusal(path, zipped(("plant.toml", b"a"), (second, b"b")))


def test_a_bomb_by_ratio_is_refused_before_it_is_unpacked(path: Path) -> None:
    content = zipped(("a.csv", bytes(20 * 2**20)), method=zipfile.ZIP_DEFLATED)
    assert len(content) < 30_000
    assert "unpacks to 20971520 bytes" in refusal(path, content)


def test_a_bomb_by_many_files_or_total_size_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    many = [(f"f{i}", b"") for i in range(4)]
    assert "more than 3 files" in refusal(path, zipped(*many))
    monkeypatch.setattr(archive, "MOST_UNPACKED_BYTES", 1000)
    assert "1200 bytes when unpacked" in refusal(path, zipped(("a", b"x" * 600), ("b", b"y" * 600)))
    monkeypatch.setattr(archive, "MOST_FILE_BYTES", 50)
    assert "larger than" in refusal(path, zipped(("a", b"")))


def test_an_announced_size_that_lies_is_a_change(path: Path) -> None:
    content = bytearray(zipped(("a.csv", b"x" * 600)))
    at = content.rindex(b"PK\x01\x02") + 24  # the unpacked size in the directory
    content[at : at + 4] = (500).to_bytes(4, "little")
    assert "a.csv" in refusal(path, bytes(content))


def test_an_encrypted_entry_is_refused(path: Path) -> None:
    content = bytearray(zipped(("a.csv", b"x")))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(path, bytes(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_packing_is_refused(path: Path, method: int) -> None:
    assert "packed" in refusal(path, zipped(("a.csv", b"x" * 99), method=method))


def test_a_file_that_is_no_archive_or_does_not_exist_is_one_line(path: Path) -> None:
    assert "no sound archive" in refusal(path, b"PK\x03\x04 and then nothing")
    with pytest.raises(UsageError, match="name an evidence file"):
        unpack(path.with_name("none.zip"))


FILES = {"plant.toml": b"[plant]\n" * 40, "readings/a.csv": b"time,value\n" * 30}
SOUND = pack(FILES)


@given(places=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=6))
def test_no_damage_of_the_archive_gives_other_files_or_a_traceback(
    path: Path, places: list[tuple[int, int]]
) -> None:
    """A changed byte is refused, or lies where no file's content is."""
    content = bytearray(SOUND)
    for place, value in places:
        content[place] = value
    path.write_bytes(content)
    try:
        found = unpack(path)
    except EvidenceError:
        return
    assert all(FILES.get(name, content) == content for name, content in found.items())


def manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    hashes = {name: digest(content) for name, content in files.items()}
    return files | {MANIFEST: Manifest("0", "mill", 0, hashes).encode()}


def test_a_missing_an_additional_and_a_changed_file_are_named() -> None:
    files = manifest({"a": b"1", "b": b"2"})
    read_manifest(files)
    for changed, told in (
        ({k: v for k, v in files.items() if k != "a"}, "a is missing"),
        (files | {"c": b""}, "c was added"),
        (files | {"b": b"3"}, "b was changed"),
        ({k: v for k, v in files.items() if k != MANIFEST}, f"{MANIFEST} is missing"),
    ):
        with pytest.raises(EvidenceError, match=told):
            read_manifest(changed)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", '{"a":1,"a":1}', "NaN", "[" * 100_000, "9" * 5000, "\udc00",
        '{"format":"cleanline-evidence","version":1}',
        '{"format":"cleanline-evidence","version":1,"cleanline":"","plant":1,"as_of_ms":0,"files":{}}',
        '{"format":"cleanline-evidence","version":1,"cleanline":"","plant":"","as_of_ms":0,"files":[]}',
        '{"format":"cleanline-evidence","version":99,"cleanline":"9","plant":"","as_of_ms":0,"files":{}}',
        '{"format":"cleanline-evidence","version":1,"cleanline":"","plant":"","as_of_ms":1.5,"files":{}}',
    ],
)  # fmt: skip
def test_an_absurd_manifest_is_one_line(text: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_manifest({MANIFEST: text.encode("utf-8", "surrogatepass")})
    assert "\n" not in str(caught.value)


PLAIN = st.none() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)


@given(value=st.recursive(PLAIN, lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_any_json_as_a_manifest_is_refused(value: object) -> None:
    assert decode_json(encode_json(value), "x") == value
    with pytest.raises(EvidenceError):
        read_manifest({MANIFEST: encode_json(value)})
