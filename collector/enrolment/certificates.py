"""A small certificate authority: one for a broker and those who enter there.

Keys are P-256, which every TLS library of the last decade takes. A key is written once, with mode
0600, and never printed.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from collector.private_files import write_private
from plant.errors import UsageError
from plant.fields import KEY_PREFIX

AUTHORITY_DAYS = 3650
LONGEST_NAME = 64  # of a common name: X.520, ub-common-name
_EARLIER = timedelta(days=1)  # a gateway's clock may be behind


class Authority(NamedTuple):
    """Who signs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class SigningKey(NamedTuple):
    """A key that signs packs: as PEM, and its public half as the plant file writes it."""

    private: bytes
    public: str


def make_signing_key() -> SigningKey:
    """A new Ed25519 key."""
    key = ed25519.Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()
    return SigningKey(_pem_of_key(key), KEY_PREFIX + base64.b64encode(raw).decode("ascii"))


class Pair(NamedTuple):
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes


def open_authority(folder: Path, now: datetime) -> Authority:
    """The authority whose files lie in a folder; begun when there is none."""
    key_path, path = folder / "ca.key", folder / "ca.pem"
    if not path.exists():
        made = _begin(now)
        write_private(key_path, _pem_of_key(made.key))
        write_private(path, _pem(made.certificate))
        return made
    try:
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder}: its authority cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageError(f"{key_path}: not a key that Cleanline made; name another --out")
    return Authority(certificate, key)


def _begin(now: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Cleanline broker authority")
    certificate = (
        _builder(name, name, key.public_key(), now=now, days=AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def issue_client(authority: Authority, name: str, *, now: datetime, days: float) -> Pair:
    """A certificate for somebody who enters the broker as `name`."""
    if len(name) > LONGEST_NAME:
        raise UsageError(
            f"{name}: longer than the {LONGEST_NAME} letters that a certificate's name may have; "
            "shorten the plant's or the gateway's id"
        )
    return _issue(authority, name, ExtendedKeyUsageOID.CLIENT_AUTH, now=now, days=days)


def issue_server(authority: Authority, hosts: Sequence[str], *, now: datetime) -> Pair:
    """A certificate for the broker, under all the names and addresses that it is reached by."""
    purpose = ExtendedKeyUsageOID.SERVER_AUTH
    return _issue(authority, "broker", purpose, now=now, days=AUTHORITY_DAYS, hosts=hosts)


def _issue(
    authority: Authority,
    name: str,
    purpose: x509.ObjectIdentifier,
    *,
    now: datetime,
    days: float,
    hosts: Sequence[str] = (),
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name(name), authority.certificate.subject, key.public_key(), now=now, days=days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    if hosts:
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return Pair(_pem(builder.sign(authority.key, hashes.SHA256())), _pem_of_key(key))


def _builder(
    name: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    *,
    now: datetime,
    days: float,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_of_key(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def now_utc() -> datetime:
    """The clock of this computer."""
    return datetime.now(UTC)
