"""What is sent to the collector that `benchmarks.ingest` measures, and the plant that it is of."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.servers import free_port
from collector.enrolment.enroll import INSTALLED, Registry
from plant.chain import BEGINNING, Head, signed_text
from plant.reading import Reading
from plant.senml import Pack, encode_pack

METERS = 4  # of each gateway
PLANT = "works"


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent."""

    name: str
    gateways: int
    readings: int  # in all
    a_pack: int  # readings
    per_s: float = 0.0  # 0: as fast as it goes
    signed: bool = False
    tls: bool = False
    backlog: bool = False  # live packs go along, and their age is measured


Made = tuple[int, list[tuple[str, str]], bytes]


def packs_of(load: Load, gateway: int, key: Ed25519PrivateKey | None, *, prev: str) -> list[Made]:
    """A gateway's packs after its first one, the last one first."""
    each = load.readings // load.gateways // load.a_pack or 1
    points = 1 if load.backlog else METERS
    now_ms = int(time.time() * 1000) - 3_600_000
    made: list[Made] = []
    for seq in range(2, each + 2):  # the first is `_first_pack`
        readings = []
        for i in range(load.a_pack):
            step, meter = divmod((seq - 2) * load.a_pack + i, METERS)
            at_ms = now_ms - (each * load.a_pack // METERS - step) * 200 * points
            readings.append(Reading(f"m{gateway}-{meter}", "energy", at_ms, 1e5 + step / 64))
        pack = _pack(gateway, seq, readings, prev=prev, key=key)
        prev = hash_of(pack)
        made.append(pack)
    return made[::-1]


def hash_of(pack: Made) -> str:
    said = dict(pack[1])
    return Head(said["outbox"], pack[0], said["config"], said["prev"]).hash_of(pack[2])


def first_pack(gateway: int, key: Ed25519PrivateKey | None) -> Made:
    """One reading of each meter of a gateway, of a day before."""
    at_ms = int(time.time() * 1000) - 2 * 86_400_000
    readings = [Reading(f"m{gateway}-{meter}", "energy", at_ms, 1e4) for meter in range(METERS)]
    return _pack(gateway, 1, readings, prev=BEGINNING, key=key)


def _pack(
    gateway: int,
    seq: int,
    readings: list[Reading],
    *,
    prev: str,
    key: Ed25519PrivateKey | None,
) -> Made:
    payload = encode_pack(Pack(PLANT, readings), {})
    head = Head(f"g{gateway}", seq, "c", prev)
    said = [("outbox", head.outbox), ("seq", str(seq)), ("config", "c"), ("prev", prev)]
    if key is not None:
        signature = key.sign(signed_text(PLANT, f"g{gateway}", head.hash_of(payload)))
        said.append(("sig", base64.b64encode(signature).decode()))
    return seq, said, payload


def live_packs() -> Iterator[Made]:
    seq = 0
    while True:
        seq += 1
        readings = [
            Reading(f"m0-{meter}", "power", int(time.time() * 1000), 5.0) for meter in range(METERS)
        ]
        payload = encode_pack(Pack(PLANT, readings), {})
        yield seq, [("outbox", "live"), ("seq", str(seq)), ("config", "c")], payload


def plant_text(load: Load, public: str) -> str:
    parts = [f'[plant]\nid = "{PLANT}"\nname = "Works"\n[resources.electricity]\n']
    for number in range(load.gateways):
        if public:
            parts.append(f'[gateways.g{number}]\nkeys = ["{public}"]\n')
        parts.append(f'[gateways.g{number}.buses.b]\ntcp = "127.0.0.1:502"\n')
        parts.extend(
            f'[meters.m{number}-{meter}]\nbus = "g{number}/b"\nunit_id = {meter + 1}\n'
            'model = "eastron-sdm630"\nresource = "electricity"\nevery = "1s"\n'
            + (f'within = "m{number}-0"\n' if meter else "")
            for meter in range(METERS)
        )
    return "".join(parts)


def broker_text(port: int) -> str:
    queue = "max_queued_messages 100000\nmax_inflight_messages 0\nset_tcp_nodelay true\n"
    return f"listener {port} 127.0.0.1\nallow_anonymous true\n{queue}"


def secure(folder: Path, load: Load, port: int) -> dict[str, str]:
    """Enrol the gateways; returns the collector's environment."""
    registry = Registry(folder / "r", hosts=["localhost"], now=datetime.now(UTC), days=30)
    for number in range(load.gateways):
        registry.enrol(PLANT, f"g{number}", password=False, renew=False)
    text = (folder / "r" / "mosquitto.conf").read_text(encoding="utf-8")
    text = text.replace("8883", str(port)).replace("8884", str(free_port()))
    text = "max_inflight_messages 0\n" + text
    (folder / "m.conf").write_text(
        ("user root\n" if os.geteuid() == 0 else "") + text, encoding="utf-8"
    )
    held = folder / "r" / "collector"
    lines = (held / "mqtt.env").read_text(encoding="utf-8").replace(INSTALLED, str(held))
    return dict(line.split("=", 1) for line in lines.splitlines())


def files_of_gateway(environment: dict[str, str], folder: Path) -> dict[str, str]:
    if not environment:
        return {}
    held = folder / "r" / "gateways" / PLANT / "g0"
    return {
        "CA": str(held / "ca.pem"),
        "CERT": str(held / "cert.pem"),
        "KEY": str(held / "key.pem"),
    }
