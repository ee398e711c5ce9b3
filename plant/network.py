"""What joins the parts of a plant: the lines that meters hang on, gateways, the broker."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator, model_validator

from plant.broker import split_url
from plant.errors import UsageError
from plant.fields import Name, PublicKey, Seconds
from plant.models import Strict


class Broker(Strict):
    """Where packs go."""

    url: str

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            split_url(url)
        except UsageError as error:
            raise ValueError(f"mqtt://host:1883 or mqtts://host:8883 ({error})") from error
        return url


class Bus(Strict):
    """A line that meters hang on."""

    tcp: str | None = None  # host:port
    serial: str | None = None  # a device
    framer: Literal["socket", "rtu", "ascii", "tls"] | None = None
    baud: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    data_bits: Literal[7, 8] | None = None  # 7 for ASCII, else 8
    pause: Seconds = 0.0  # between two requests
    unit_pause: Seconds = 0.0  # between requests to two different units
    connect_delay: Seconds = 0.0  # after connecting, before the first request
    timeout: Seconds | None = None

    @property
    def character_bits(self) -> int:
        """Bits of data in a character of a serial line."""
        return self.data_bits or (7 if self.framer == "ascii" else 8)

    @model_validator(mode="after")
    def _has_one_medium(self) -> Bus:
        if bool(self.tcp) == bool(self.serial):
            raise ValueError("either tcp = 'host:port' or serial = '/dev/...'")
        return self

    @field_validator("tcp")
    @classmethod
    def _is_host_and_port(cls, tcp: str | None) -> str | None:
        host, _, port = (tcp or "host:1").rpartition(":")
        if not (host.strip("[]") and port.isdecimal() and 0 < int(port) < 65_536):
            raise ValueError("host:port, such as '192.168.10.20:502'")
        return tcp


class Gateway(Strict):
    """A computer in the plant that reads meters."""

    buses: dict[Name, Bus]
    # Whose signatures its packs must bear; the newest first, older ones for what they have signed.
    keys: tuple[PublicKey, ...] = ()
