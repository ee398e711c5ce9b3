"""Meters that remember what they said: `python -m tests.chaos.meters --port N --record FILE`.

Every answer holds a number that was never given before, and stands in the record before it is
sent. So each reading in a store can be traced to the one answer that it came from, and the record
outlives a kill -9. One line an answer: connection, unit, address, number, time [ms, UTC].
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import struct
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

ENERGY, POWER = 3203, 3059  # of a PM5560: int64 in Wh, float32 in kW


class Said(NamedTuple):
    """One answer: what a reading of it must look like."""

    connection: str
    unit: int
    address: int
    number: int
    time_ms: int

    @property
    def point(self) -> str:
        """The point's name in the model."""
        return "energy" if self.address == ENERGY else "power"


def read_record(path: Path) -> list[Said]:
    """Every answer of a record, in order; a line that a kill cut off was never sent."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="ascii").split("\n")[:-1]
    words = [line.split(" ") for line in lines]
    return [Said(word[0], *map(int, word[1:])) for word in words]


class Meters:
    """The meters of one bus."""

    def __init__(self, record: Path) -> None:
        self._last: defaultdict[tuple[int, int], int] = defaultdict(int)
        for said in read_record(record):
            self._last[said.unit, said.address] = said.number
        self._boot = time.time_ns()
        self._connections = itertools.count(1)
        self._file = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it goes."""
        connection = f"{self._boot}.{next(self._connections)}"
        try:
            while True:
                head = await reader.readexactly(7)
                transaction, _, length, unit = struct.unpack(">HHHB", head)
                pdu = await reader.readexactly(length - 1)
                body = self._answer(connection, unit, pdu)
                writer.write(struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    def _answer(self, connection: str, unit: int, pdu: bytes) -> bytes:
        function, first, count = struct.unpack(">BHH", pdu)
        image = bytearray(2 * count)
        for address, form in ((ENERGY, ">q"), (POWER, ">f")):
            size = struct.calcsize(form)
            if first <= address and address + size // 2 <= first + count:
                number = self._last[unit, address] = self._last[unit, address] + 1
                line = f"{connection} {unit} {address} {number} {time.time_ns() // 1_000_000}\n"
                os.write(self._file, line.encode())
                struct.pack_into(form, image, 2 * (address - first), number)
        return bytes([function, len(image)]) + bytes(image)


async def _run(port: int, record: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(Meters(record).serve, "127.0.0.1", port)
    await stop.wait()
    server.close()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--record", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(_run(options.port, options.record))


if __name__ == "__main__":
    main()
