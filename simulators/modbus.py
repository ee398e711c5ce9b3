"""Modbus requests answered, as bytes: the application protocol V1.1b3 without any socket.

Written apart from the agent's client, so that one misreading of the standard cannot agree with
itself.
"""

import struct

from simulators.registers import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    Refusal,
    Unit,
)

GATEWAY_TARGET_FAILED = 0x0B


def answer(unit: Unit, request: bytes, *, at_s: float) -> bytes:
    """The answer PDU to a request PDU at an instant [s, UTC]."""
    function = request[0]
    try:
        if function == 0x2B:
            return _identify(unit, request)
        return _read(unit, request, at_s=at_s)
    except Refusal as refused:
        return refusal(function, refused.code)


def _read(unit: Unit, request: bytes, *, at_s: float) -> bytes:
    function = request[0]
    if function not in (1, 2, 3, 4):
        raise Refusal(ILLEGAL_FUNCTION)
    if len(request) != 5:
        raise Refusal(ILLEGAL_VALUE)
    first, count = struct.unpack(">HH", request[1:])
    if function < 3:
        data = _bits(unit.read(function, first, count, at_s=at_s))
    else:
        data = unit.data(function, first, count, at_s=at_s)
    return bytes([function, len(data)]) + data


def refusal(function: int, code: int) -> bytes:
    """The exception PDU."""
    return bytes([function | 0x80, code])


def _bits(words: list[int]) -> bytes:
    data = bytearray((len(words) + 7) // 8)
    for i, word in enumerate(words):
        data[i // 8] |= (word & 1) << (i % 8)
    return bytes(data)


def _identify(unit: Unit, request: bytes) -> bytes:
    """Read Device Identification (43/14): maker, name and revision, all at once or one."""
    if len(request) != 4 or request[1] != 0x0E:
        raise Refusal(ILLEGAL_FUNCTION)
    code, wanted = request[2], request[3]
    objects = {0: unit.model.meter.maker, 1: unit.model.meter.name, 2: "simulated"}
    if code == 4:
        if wanted not in objects:
            raise Refusal(ILLEGAL_ADDRESS)
        chosen = {wanted: objects[wanted]}
    elif code in (1, 2, 3):
        chosen = {number: text for number, text in objects.items() if number >= wanted} or objects
    else:
        raise Refusal(ILLEGAL_VALUE)
    # Conformity level 0x81: basic identification, stream and individual access.
    body = bytes([0x2B, 0x0E, code, 0x81, 0, 0, len(chosen)])
    for number, text in chosen.items():
        data = text.encode()
        body += bytes([number, len(data)]) + data
    return body
