"""Enrolment: each gateway gets a secret of its own, and rights to its own topics alone."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.custody.keys import raw_key
from collector.enrolment import mosquitto
from collector.enrolment.certificates import issue_client, open_authority
from collector.enrolment.commands import enroll_main
from collector.enrolment.enroll import Registry
from plant.errors import UsageError

NOW = datetime(2026, 3, 1, tzinfo=UTC)

COLLECTORS = {"@collector", "@collector-2"}


def registry(folder: Path, now: datetime = NOW) -> Registry:
    return Registry(folder, hosts=["broker.example", "10.0.0.5"], now=now, days=730)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def common_name(found: x509.Certificate) -> str:
    return str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def test_a_gateway_gets_a_certificate_in_its_name_signed_by_the_authority(tmp_path: Path) -> None:
    made = registry(tmp_path).enrol("mill", "yard", password=False, renew=False)
    found = certificate(made.folder / "cert.pem")
    assert common_name(found) == made.user
    assert re.fullmatch("mill/yard@[0-9a-f]{8}", made.user)
    found.verify_directly_issued_by(certificate(tmp_path / "ca.pem"))
    purposes = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH], "it cannot play the broker"
    assert found.not_valid_after_utc == NOW + timedelta(days=730)
    assert (made.folder / "ca.pem").read_bytes() == (tmp_path / "ca.pem").read_bytes()


def test_a_gateway_gets_a_key_to_sign_with_that_the_plant_file_can_name(tmp_path: Path) -> None:
    made = registry(tmp_path)
    for gateway, password in (("yard", False), ("annex", True)):
        enrolled = made.enrol("mill", gateway, password=password, renew=False)
        held = (enrolled.folder / "signing.pem").read_bytes()
        key = load_pem_private_key(held, password=None)
        assert isinstance(key, Ed25519PrivateKey)
        assert raw_key(enrolled.public_key) == key.public_key().public_bytes_raw()
        said = (enrolled.folder / "mqtt.env").read_text()
        assert "CLEANLINE_SIGNING_KEY=/etc/cleanline/signing.pem" in said
    again = made.enrol("mill", "yard", password=False, renew=True)
    assert again.public_key != enrolled.public_key


def test_the_broker_is_certified_under_all_its_names(tmp_path: Path) -> None:
    registry(tmp_path)
    found = certificate(tmp_path / "broker.pem")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.5"]
    purposes = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_every_file_is_the_owners_alone(tmp_path: Path) -> None:
    made = registry(tmp_path / "broker")
    made.enrol("mill", "yard", password=False, renew=False)
    made.enrol("mill", "annex", password=True, renew=False)
    for path in (tmp_path / "broker").rglob("*"):
        assert path.is_dir() or path.stat().st_mode & 0o077 == 0, path
    assert (tmp_path / "broker").stat().st_mode & 0o077 == 0


def test_a_gateway_may_write_its_own_topics_and_read_its_own_answers_only(tmp_path: Path) -> None:
    made = registry(tmp_path)
    yard = made.enrol("mill", "yard", password=False, renew=False).user
    other = made.enrol("farm", "yard", password=False, renew=False).user
    rights = mosquitto.read_acl((tmp_path / "acl").read_text())
    assert rights[yard] == [
        "topic write cleanline/v1/mill/yard/readings",
        "topic write cleanline/v1/mill/yard/status",
        "topic read cleanline/v1/mill/yard/stored",
        "topic write cleanline/v1/mill/yard/amounts",
        "topic read cleanline/v1/mill/yard/entered",
    ]
    assert set(rights) == {yard, other, *COLLECTORS}
    assert "topic read cleanline/v1/farm/+/readings" in rights["@collector"]
    assert "topic write cleanline/v1/mill/+/stored" in rights["@collector"]
    assert not any("write" in line and "readings" in line for line in rights["@collector"])


def test_collectors_that_share_enter_under_two_names_with_the_same_rights(tmp_path: Path) -> None:
    registry(tmp_path / "broker").enrol("mill", "yard", password=False, renew=False)
    rights = mosquitto.read_acl((tmp_path / "broker" / "acl").read_text())
    assert rights["@collector"] == rights["@collector-2"] != []
    names = [
        common_name(certificate(tmp_path / "broker" / folder / "cert.pem"))
        for folder in ("collector", "collector-2")
    ]
    assert names == ["@collector", "@collector-2"]


def test_no_second_secret_is_given_unasked_and_a_renewed_one_differs(tmp_path: Path) -> None:
    made = registry(tmp_path)
    first = made.enrol("mill", "yard", password=True, renew=False)
    secret = (first.folder / "password").read_text()
    with pytest.raises(UsageError, match="give --renew"):
        made.enrol("mill", "yard", password=True, renew=False)
    made.enrol("mill", "yard", password=True, renew=True)
    assert (first.folder / "password").read_text() != secret
    assert (tmp_path / "passwords").read_text().count("mill/yard@") == 1


@pytest.mark.parametrize("password", [False, True])
def test_the_name_of_an_enrolment_before_opens_nothing_any_more(
    tmp_path: Path, password: bool
) -> None:
    made = registry(tmp_path)
    first = made.enrol("mill", "yard", password=password, renew=False).user
    acl = (tmp_path / "acl").read_text()  # as it was before each enrolment had a name of its own
    (tmp_path / "acl").write_text(acl.replace(first, "mill/yard"))
    other = made.enrol("mill", "yard-2", password=False, renew=False).user
    second = made.enrol("mill", "yard", password=False, renew=True).user
    assert set(mosquitto.read_acl((tmp_path / "acl").read_text())) == {second, other, *COLLECTORS}
    made.revoke("mill", "yard")
    third = made.enrol("mill", "yard", password=False, renew=False).user
    assert set(mosquitto.read_acl((tmp_path / "acl").read_text())) == {third, other, *COLLECTORS}
    assert len({first, second, third}) == 3


def test_a_revoked_gateway_has_no_rights_and_no_password(tmp_path: Path) -> None:
    made = registry(tmp_path)
    made.enrol("mill", "yard", password=True, renew=False)
    annex = made.enrol("mill", "annex", password=True, renew=False).user
    made.revoke("mill", "yard")
    assert set(mosquitto.read_acl((tmp_path / "acl").read_text())) == {annex, *COLLECTORS}
    assert "mill/yard" not in (tmp_path / "passwords").read_text()
    with pytest.raises(UsageError, match="is not enrolled"):
        made.revoke("mill", "yard")


def test_the_password_file_is_as_mosquitto_computes_it() -> None:
    """$7$ iterations $ salt $ PBKDF2-HMAC-SHA512, both base64."""
    _, kind, count, salt, derived = mosquitto.hashed("secret").split("$")
    expected = hashlib.pbkdf2_hmac(
        "sha512", b"secret", base64.b64decode(salt), int(count), dklen=64
    )
    assert kind == "7"
    assert base64.b64decode(derived) == expected
    assert "secret" not in mosquitto.with_password("", "mill/yard", "secret")


def test_a_second_registry_goes_on_with_the_same_authority(tmp_path: Path) -> None:
    registry(tmp_path)
    before = (tmp_path / "ca.pem").read_bytes()
    made = registry(tmp_path)
    assert not made.is_new
    made.enrol("mill", "yard", password=False, renew=False)
    assert (tmp_path / "ca.pem").read_bytes() == before


def test_a_name_that_no_certificate_can_hold_is_refused(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, NOW)
    with pytest.raises(UsageError, match="shorten the plant's or the gateway's id"):
        issue_client(authority, "p" * 40 + "/" + "g" * 40, now=NOW, days=1)


def test_the_command_says_what_to_carry_where(
    plant_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plant_file.parent == tmp_path
    assert enroll_main([str(plant_file), "yard", "--host", "broker.example"]) == 0
    out = ["--out", str(tmp_path / "broker")]  # where it lies unless another is named
    said = capsys.readouterr().out
    assert f"Carry {tmp_path / 'broker' / 'gateways' / 'mill' / 'yard'} to the gateway" in said
    assert "broker.example" in said
    assert "PRIVATE KEY" not in said
    assert 'under [gateways.yard]:\n  keys = ["ed25519:' in said
    assert enroll_main([str(plant_file), "annex", *out]) == 0
    assert "reload" in capsys.readouterr().out
    assert enroll_main([str(plant_file), "yrad", *out]) == 2
    assert "the plant file names: yard, annex" in capsys.readouterr().err
    assert enroll_main([str(plant_file), "yard", *out, "--revoke"]) == 0
    assert not (tmp_path / "broker" / "gateways" / "mill" / "yard").exists()
