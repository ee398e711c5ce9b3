"""Where the broker is, and with which secret one enters."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

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
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise UsageError(f"broker {parts.hostname}: {error}; write mqtt://host:1883") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise UsageError("the broker's address is not one: write mqtt://host:1883 or mqtts://host")
    if parts.password:
        raise UsageError(
            f"broker {parts.hostname}: a password does not belong in an address; "
            "put it into a file and name that in CLEANLINE_MQTT_PASSWORD_FILE"
        )
    environ = os.environ
    password = environ.get("CLEANLINE_MQTT_PASSWORD")
    if file := environ.get("CLEANLINE_MQTT_PASSWORD_FILE"):
        password = Path(file).read_text(encoding="utf-8").strip()
    username = unquote(parts.username) if parts.username else None
    return BrokerAddress(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "mqtts",
        username=username or environ.get("CLEANLINE_MQTT_USERNAME"),
        password=password,
        ca_file=environ.get("CLEANLINE_MQTT_CA"),
        cert_file=environ.get("CLEANLINE_MQTT_CERT"),
        key_file=environ.get("CLEANLINE_MQTT_KEY"),
    )
