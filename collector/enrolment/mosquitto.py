"""What Mosquitto is told: who may publish and hear what, and by which secret one enters."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence

from plant.wire import AMOUNTS, ENTERED, ROOT, Topic

# No gateway can be called so: an identifier has no @. Two that share the work need two names, or
# the broker takes each for the other come again.
COLLECTORS = {"collector": "@collector", "collector-2": "@collector-2"}  # by folder
CERTIFICATE_PORT, PASSWORD_PORT = 8883, 8884
PACKET_BYTES = 5_000_000  # a pack has at most 4 MiB, an agent's about 60 kB
QUEUE_BYTES = 100_000_000  # for a client that is slow; what is dropped, the agents send again
ITERATIONS = 101  # Mosquitto's own; the password is random, so that nobody guesses it
NAME_BYTES = 4  # that tell one enrolment of a gateway from another
_HEAD = "# Written by `cleanline enroll`: an entry for each gateway, and one for the collector.\n"
_LISTENER = """
listener {port}
cafile {folder}/ca.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
tls_version tlsv1.2
allow_anonymous false
acl_file {folder}/acl
use_username_as_clientid true
"""
_BY_CERTIFICATE = """require_certificate true
use_identity_as_username true
"""
_BY_NAME = """password_file {folder}/passwords
"""


def gateway_user(plant: str, gateway: str) -> str:
    """A new name for a gateway at the broker; also the common name of its certificate.

    A certificate fits for as long as it says itself. So each enrolment has a name of its own, and
    the rights go from the one before: what was stolen opens nothing any more.
    """
    return f"{plant}/{gateway}@{secrets.token_hex(NAME_BYTES)}"


def users_of(acl: str, plant: str, gateway: str) -> list[str]:
    """The names in an ACL file under which a gateway may enter."""
    own = f"{plant}/{gateway}"  # the whole name, before each enrolment had one
    return [user for user in read_acl(acl) if user == own or user.startswith(f"{own}@")]


def gateway_rights(plant: str, gateway: str) -> list[str]:
    """A gateway publishes under its own topic, and hears only what is stored of its own packs."""
    own = Topic(plant, gateway, "")
    return [
        f"topic write {own._replace(leaf='readings')}",
        f"topic write {own._replace(leaf='status')}",
        f"topic read {own._replace(leaf='stored')}",
        f"topic write {own._replace(leaf=AMOUNTS)}",
        f"topic read {own._replace(leaf=ENTERED)}",
    ]


def collector_rights(plants: Iterable[str]) -> list[str]:
    """The collector hears all gateways of its plants, and answers them."""
    return [
        line
        for plant in plants
        for line in (
            f"topic read {ROOT}/{plant}/+/readings",
            f"topic read {ROOT}/{plant}/+/status",
            f"topic write {ROOT}/{plant}/+/stored",
            f"topic read {ROOT}/{plant}/+/{AMOUNTS}",
            f"topic write {ROOT}/{plant}/+/{ENTERED}",
        )
    ]


def with_user(acl: str, user: str, rights: Sequence[str]) -> str:
    """An ACL file with the entry of a user put in, or put anew; without rights, taken out."""
    entries = read_acl(acl)
    entries[user] = list(rights)
    blocks = ["\n".join([f"user {name}", *lines]) for name, lines in entries.items() if lines]
    return _HEAD + "".join(f"\n{block}\n" for block in blocks)


def read_acl(acl: str) -> dict[str, list[str]]:
    """The rights of each user in an ACL file of ours."""
    entries: dict[str, list[str]] = {}
    user = ""
    for line in acl.splitlines():
        if line.startswith("user "):
            user = line.removeprefix("user ")
            entries[user] = []
        elif line.startswith("topic "):
            entries[user].append(line)
    return entries


def with_password(passwords: str, user: str, password: str | None) -> str:
    """A password file with the entry of a user put in, or put anew; without one, taken out."""
    kept = [line for line in passwords.splitlines() if not line.startswith(f"{user}:")]
    if password is not None:
        kept.append(f"{user}:{hashed(password)}")
    return "".join(f"{line}\n" for line in kept)


def hashed(password: str) -> str:
    """A password as Mosquitto 2 keeps it: PBKDF2 with SHA-512 and a salt."""
    salt = secrets.token_bytes(12)
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, dklen=64)
    encoded = [base64.b64encode(part).decode() for part in (salt, derived)]
    return f"$7${ITERATIONS}${encoded[0]}${encoded[1]}"


def configuration(folder: str) -> str:
    """A configuration with both listeners: certificates at 8883, passwords at 8884."""
    return (
        "# Written by `cleanline enroll`. TLS only; one listener takes certificates, the other "
        "passwords.\n"
        "per_listener_settings true\n"
        "persistence false\n"  # the agents keep what is not stored
        "set_tcp_nodelay true\n"  # else a small packet waits up to 40 ms for the one before
        f"max_packet_size {PACKET_BYTES}\n"
        f"max_queued_bytes {QUEUE_BYTES}\n"
        + _LISTENER.format(port=CERTIFICATE_PORT, folder=folder)
        + _BY_CERTIFICATE
        + _LISTENER.format(port=PASSWORD_PORT, folder=folder)
        + _BY_NAME.format(folder=folder)
    )
