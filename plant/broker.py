"""Where the broker is, and with which secret one enters."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from plant.errors import UsageError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker as a client needs it; the password stays out of every text."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"

    __repr__ = __str__


def parse_broker(url: str) -> BrokerAddress:
    """The broker in a URL ``mqtt[s]://[user@]host[:port]``.

    Secrets come from the environment: ``CLEANLINE_MQTT_USERNAME``, ``CLEANLINE_MQTT_PASSWORD`` or
    ``CLEANLINE_MQTT_PASSWORD_FILE``, and ``CLEANLINE_MQTT_CA``, ``_CERT``, ``_KEY`` name files.
    """
    parts = split_url(url)
    environ = os.environ
    password = environ.get("CLEANLINE_MQTT_PASSWORD")
    if file := environ.get("CLEANLINE_MQTT_PASSWORD_FILE"):
        password = Path(file).read_text(encoding="utf-8").strip()
    assert parts.hostname  # noqa: S101 - as split_url saw
    username = unquote(parts.username) if parts.username else None
    return BrokerAddress(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        tls=parts.scheme == "mqtts",
        username=username or environ.get("CLEANLINE_MQTT_USERNAME"),
        password=password,
        ca_file=environ.get("CLEANLINE_MQTT_CA"),
        cert_file=environ.get("CLEANLINE_MQTT_CERT"),
        key_file=environ.get("CLEANLINE_MQTT_KEY"),
    )


def split_url(url: str) -> SplitResult:
    """The parts of a broker's address; UsageError when it is none, or holds a password."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
        raise UsageError(
            "the broker's address is not valid: write mqtt://host:1883 or mqtts://host"
        )
    try:
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        is_port = False
    if not is_port:
        raise UsageError(
            f"broker {parts.hostname}: a port is from 1 to 65535; write mqtt://host:1883"
        )
    if parts.password:
        raise UsageError(
            f"broker {parts.hostname}: a password does not belong in an address; "
            "put it into a file and name that in CLEANLINE_MQTT_PASSWORD_FILE"
        )
    return parts
