"""SunSpec: a device says itself which blocks of registers it has, and where.

A mark at one of three places, then block after block: its model, how many registers follow, those
registers. A model of 0xFFFF ends the chain. Source: SunSpec Device Information Model, 1.1, 6.1-6.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.frames import Answer, Failure, Read, Words
from plant.models import Found

PLACES = (40000, 50000, 0)
MARK = [0x5375, 0x6E53]  # "SunS"
END = 0xFFFF
MOST_BLOCKS = 100
FUNCTION = 3

Ask = Callable[[Read], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a chain; the address is that of its model number."""

    model: int
    length: int
    address: int


async def walk(ask: Ask) -> list[Block] | Failure:
    """The blocks that a unit says it has, none where there is no mark; why nobody knows."""
    for place in PLACES:
        answer = await ask(Read(FUNCTION, place, len(MARK)))
        if isinstance(answer, Words):
            if answer.words == MARK:
                return await _follow(ask, place + len(MARK))
        elif answer.kind != "exception":
            return answer
    return []


async def _follow(ask: Ask, address: int) -> list[Block] | Failure:
    chain: list[Block] = []
    while len(chain) < MOST_BLOCKS and address + 2 <= 0x10000:
        head = await ask(Read(FUNCTION, address, 2))
        if isinstance(head, Failure):
            # A chain that breaks off at an exception has no end mark; what it has is there.
            return chain if head.kind == "exception" else head
        model, length = head.words
        if model == END or address + 2 + length > 0x10000:
            break
        chain.append(Block(model, length, address))
        address += 2 + length
    return chain


def place_in(chain: list[Block], found: Found) -> int | Failure:
    """Where the block lies that a meter model describes, or why it lies nowhere."""
    fitting = [block for block in chain if block.model in found.models]
    for block in fitting:
        if block.length == found.length:
            return block.address
    wanted = ", ".join(map(str, found.models))
    if fitting:
        model, length = fitting[0].model, fitting[0].length
        text = f"SunSpec model {model} has {length} registers here instead of {found.length}"
    elif chain:
        has = ", ".join(str(block.model) for block in chain)
        text = f"none of the SunSpec models {wanted}; the device has {has}: name another model"
    else:
        text = "no SunSpec mark at " + ", ".join(map(str, PLACES)) + ": name another model"
    return Failure("exception", text)
