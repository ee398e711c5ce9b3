"""The simulated buses over real sockets, read by programs that nobody here wrote."""

import re
import socket
import struct
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from plant.errors import UsageError
from plant.models import library
from simulators.lines import BusServers
from simulators.scenario import Scenario

At = Callable[..., float]
Still = Callable[..., Scenario]
Serving = Callable[[Scenario, float], AbstractContextManager[BusServers]]
READ = struct.pack(">HHHB", 1, 0, 6, 1) + bytes.fromhex("04 00 48 00 02")
ANSWER = bytes.fromhex("00 01 00 00 00 07 01 04 04 44 9a 50 00")


def mbpoll(port: int, unit_id: int, *, address: int, count: int, kind: str) -> list[str]:
    """What mbpoll (libmodbus) prints for one read; `kind` is its -t option."""
    command = ["mbpoll", "-m", "tcp", "-p", str(port), "-a", str(unit_id), "-0", "-1", "-B"]
    command += ["-r", str(address), "-c", str(count), "-t", kind, "127.0.0.1"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.findall(r"^\[\d+\]:\s*(\S+)", told.stdout, flags=re.M)
    assert len(found) == count, told.stdout + told.stderr
    return found


def port_of(servers: BusServers) -> int:
    """The port of the only bus."""
    (address,) = servers.buses
    return address.port


@pytest.mark.slow
@pytest.mark.server("mbpoll")
def test_mbpoll_reads_every_model_word_for_word(
    still: Still, on_bench: Any, serving: Serving, at: At
) -> None:
    """Every register of every point that is read by default, as the server holds it."""
    now = at(2025, 1, 7, 9, 30)
    scenario = still(**{f"m-{model.id}": on_bench(model) for model in library().values()})
    with serving(scenario, now) as servers:
        (bus,) = servers.buses.values()
        for meter in scenario.plant.meters.values():
            points = [meter.meter_model.points[n] for n in meter.meter_model.meter.default]
            for point, part in ((p, part) for p in points for part in p.everything):
                told = mbpoll(
                    port_of(servers), meter.unit_id, address=part.address, count=part.words,
                    kind={3: "4:hex", 4: "3:hex"}[point.function],
                )  # fmt: skip
                asked = (point.function, part.address, part.words)
                held = bus.units[meter.unit_id].read(*asked, at_s=now)
                assert [int(word, 0) for word in told] == held, (meter.model, asked)


@pytest.mark.server("mbpoll")
def test_mbpoll_reads_the_values_that_flowed(
    still: Still, install: Any, serving: Serving, at: At
) -> None:
    """libmodbus decodes a float, a long integer's words and a pulse count by itself."""
    scenario = still(
        a=install("eastron-sdm630", "electricity", start=1234.5),
        b=install("schneider-iem3155", "electricity", start=1000.0),
        c=install("advantech-adam6050", "water", start=7.0, extra='pulse = "1 m3"'),
    )
    with serving(scenario, at(2025, 1, 1, 10)) as servers:  # 1,500 kWh; 6 x 30 + 4 x 90 m3
        port = port_of(servers)
        assert float(mbpoll(port, 1, address=0x48, count=1, kind="3:float")[0]) == 2734.5
        words = [int(w, 16) for w in mbpoll(port, 2, address=3203, count=4, kind="4:hex")]
        assert sum(w << 16 * (3 - i) for i, w in enumerate(words)) == 2_500_000
        low, high = (int(w, 16) for w in mbpoll(port, 3, address=0, count=2, kind="4:hex"))
        assert high * 65536 + low == 7 + 6 * 30 + 4 * 90


def test_frames_may_come_in_pieces_or_together(
    still: Still, install: Any, serving: Serving, at: At
) -> None:
    """TCP is a stream: each request is answered once, in order."""
    scenario = still(a=install("eastron-sdm630", "electricity", start=1234.5))
    with (
        serving(scenario, at(2025, 1, 1)) as servers,
        socket.create_connection(("127.0.0.1", port_of(servers)), timeout=60) as client,
    ):
        stream = client.makefile("rb")
        for piece in (READ[:3], READ[3:9], READ[9:] + READ + READ[:5], READ[5:]):
            client.sendall(piece)
        assert stream.read(3 * len(ANSWER)) == 3 * ANSWER


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x00\x01\x00\x00\x01\x00\x01\x03"]
)
def test_what_is_no_modbus_ends_the_connection_and_no_other(
    still: Still, install: Any, serving: Serving, at: At, *, garbage: bytes
) -> None:
    """The next client is served."""
    scenario = still(a=install("eastron-sdm630", "electricity", start=1234.5))
    with serving(scenario, at(2025, 1, 1)) as servers:
        address = ("127.0.0.1", port_of(servers))
        with socket.create_connection(address, timeout=60) as bad:
            bad.sendall(garbage)
            assert bad.recv(100) == b""
        with socket.create_connection(address, timeout=60) as good:
            good.sendall(READ)
            assert good.makefile("rb").read(len(ANSWER)) == ANSWER


def test_a_taken_port_is_said_in_one_line(
    still: Still, install: Any, serving: Serving, at: At
) -> None:
    """With the address and what to do."""
    scenario = still(a=install("eastron-sdm630", "electricity"))
    with (
        serving(scenario, at(2025, 1, 1)),
        pytest.raises(UsageError, match=r"cannot listen on 127.0.0.1:\d+: .*--port-base"),
        serving(scenario, at(2025, 1, 1)),
    ):
        pass
