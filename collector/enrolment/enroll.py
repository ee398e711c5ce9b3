"""Who may enter the broker: keys, certificates and Mosquitto's entries in one folder.

DIR/ca.pem, ca.key            the authority; its key stays here
DIR/broker.pem, broker.key    of the broker itself
DIR/mosquitto.conf, acl, passwords
DIR/collector/, collector-2/  what the collector needs to enter, and another that shares its work
DIR/gateways/PLANT/GATEWAY/   what a gateway needs; carry it there, and nowhere else
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.enrolment import mosquitto
from collector.enrolment.certificates import (
    AUTHORITY_DAYS,
    Authority,
    issue_client,
    issue_server,
    make_signing_key,
    open_authority,
)
from collector.private_files import write_private
from plant.errors import UsageError

DAYS = 730
INSTALLED = "/etc/cleanline"  # where a gateway keeps its folder


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What was made."""

    user: str
    folder: Path
    is_first: bool  # the folder was begun: the broker needs its configuration
    public_key: str  # for the plant file: by it the collector knows the gateway's packs


class Registry:
    """The folder of one broker."""

    def __init__(self, folder: Path, *, hosts: Sequence[str], now: datetime, days: float) -> None:
        """Open a folder or begin one; `hosts` are the names that the broker is reached by."""
        self._folder = folder.resolve()
        self._now = now
        self._days = days
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.is_new = not (self._folder / "ca.pem").exists()
        self._authority: Authority = open_authority(self._folder, now)
        if self.is_new:
            self._begin(hosts)

    def _begin(self, hosts: Sequence[str]) -> None:
        pair = issue_server(self._authority, hosts, now=self._now)
        write_private(self._folder / "broker.pem", pair.certificate)
        write_private(self._folder / "broker.key", pair.key)
        configuration = mosquitto.configuration(str(self._folder))
        write_private(self._folder / "mosquitto.conf", configuration.encode())
        write_private(self._folder / "passwords", b"")
        write_private(self._folder / "acl", mosquitto.with_user("", "", []).encode())

    def enrol(self, plant: str, gateway: str, *, password: bool, renew: bool) -> Enrolment:
        """Let a gateway in; with a new key, certificate or password if it was in already."""
        folder = self._of(plant, gateway)
        if folder.exists():
            if not renew:
                raise UsageError(
                    f"{gateway} of {plant} is enrolled: {folder}; give --renew for a new secret"
                )
            self._clear(folder)
        self._shut_out(plant, gateway)
        user = mosquitto.gateway_user(plant, gateway)
        if password:
            self._give_password(folder, user)
        else:
            self._give_certificate(folder, user, self._days)
        public_key = self._give_signing_key(folder)
        self._grant(user, mosquitto.gateway_rights(plant, gateway))
        self._admit_plant(plant)
        return Enrolment(user, folder, self.is_new, public_key)

    def revoke(self, plant: str, gateway: str) -> None:
        """Take every right from a gateway; its certificate still fits, but opens nothing."""
        if not self._shut_out(plant, gateway):
            raise UsageError(f"{gateway} of {plant} is not enrolled in {self._folder}")
        self._clear(self._of(plant, gateway))

    def _shut_out(self, plant: str, gateway: str) -> bool:
        """Take the rights from all names of a gateway; whether it had any."""
        users = mosquitto.users_of(self._read("acl"), plant, gateway)
        for user in users:
            self._grant(user, [])
            self._replace("passwords", mosquitto.with_password(self._read("passwords"), user, None))
        return bool(users)

    def _of(self, plant: str, gateway: str) -> Path:
        return self._folder / "gateways" / plant / gateway

    def _give_certificate(self, folder: Path, user: str, days: float) -> None:
        pair = issue_client(self._authority, user, now=self._now, days=days)
        files = {"CERT": ("cert.pem", pair.certificate), "KEY": ("key.pem", pair.key)}
        self._hand_out(folder, files, more="")

    def _give_password(self, folder: Path, user: str) -> None:
        secret = secrets.token_urlsafe(32)
        entries = mosquitto.with_password(self._read("passwords"), user, secret)
        self._replace("passwords", entries)
        files = {"PASSWORD_FILE": ("password", f"{secret}\n".encode())}
        self._hand_out(folder, files, more=f"CLEANLINE_MQTT_USERNAME={user}\n")

    @staticmethod
    def _give_signing_key(folder: Path) -> str:
        """Write the key by which a gateway signs its packs; returns its public half."""
        pair = make_signing_key()
        write_private(folder / "signing.pem", pair.private)
        with (folder / "mqtt.env").open("a", encoding="utf-8") as environment:
            environment.write(f"CLEANLINE_SIGNING_KEY={INSTALLED}/signing.pem\n")
        return pair.public

    def _hand_out(self, folder: Path, files: Mapping[str, tuple[str, bytes]], *, more: str) -> None:
        """Write what somebody needs to enter, and the environment that names it."""
        folder.mkdir(mode=0o700, parents=True)
        files = {"CA": ("ca.pem", (self._folder / "ca.pem").read_bytes()), **files}
        for file, content in files.values():
            write_private(folder / file, content)
        lines = [f"CLEANLINE_MQTT_{what}={INSTALLED}/{file}\n" for what, (file, _) in files.items()]
        write_private(folder / "mqtt.env", ("".join(lines) + more).encode())

    def _admit_plant(self, plant: str) -> None:
        """Let the collectors hear a plant too."""
        for folder, user in mosquitto.COLLECTORS.items():
            if not (self._folder / folder).exists():
                self._give_certificate(self._folder / folder, user, AUTHORITY_DAYS)
            held = mosquitto.read_acl(self._read("acl")).get(user, [])
            wanted = [line for line in mosquitto.collector_rights([plant]) if line not in held]
            if wanted:
                self._grant(user, [*held, *wanted])

    def _grant(self, user: str, rights: Sequence[str]) -> None:
        self._replace("acl", mosquitto.with_user(self._read("acl"), user, rights))

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text(encoding="utf-8")

    def _replace(self, name: str, text: str) -> None:
        """Put a file anew in one step: a broker that reads it meets the old one or the new."""
        path, fresh = self._folder / name, self._folder / f"{name}.new"
        fresh.unlink(missing_ok=True)
        write_private(fresh, text.encode())
        owner = path.stat()
        if os.geteuid() == 0:  # the broker reads it as another user
            os.chown(fresh, owner.st_uid, owner.st_gid)
        fresh.rename(path)

    @staticmethod
    def _clear(folder: Path) -> None:
        if folder.exists():
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
