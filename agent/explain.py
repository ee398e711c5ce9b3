"""What went wrong on a line, in one sentence that says what to try."""

from __future__ import annotations

import errno

from plant.description import Bus


def explain_connection(bus: Bus, error: Exception) -> str:
    """Why a bus could not be opened, and what to try."""
    return _serial(bus, error) if bus.serial else _tcp(bus, error)


def _tcp(bus: Bus, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ECONNREFUSED:
        return (
            f"{bus.tcp} refused the connection: look whether Modbus TCP is enabled, on that port, "
            "and whether another master holds the only connection"
        )
    if isinstance(error, TimeoutError) or number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return f"{bus.tcp} cannot be reached: look at the address, the cable and the firewall"
    return f"{bus.tcp} cannot be opened: {error}"


def _serial(bus: Bus, error: Exception) -> str:
    text = str(error)
    number = getattr(error, "errno", None)
    if number == errno.ENOENT or "No such file" in text:
        return f"{bus.serial} is not there: look at the adapter, and at ls /dev/serial/by-id"
    if number == errno.EACCES or "Permission denied" in text:
        return f"{bus.serial} may not be opened: add the user to the group dialout"
    if "exclusively lock" in text:
        return f"{bus.serial} is in use by another program: stop that one first"
    return f"{bus.serial} cannot be opened: {text}"


def explain_silence(bus: Bus, unit: int) -> str:
    """What to try when a unit says nothing."""
    if bus.serial:
        return (
            f"unit {unit} is silent at {bus.baud} baud, parity {bus.parity}: look at its unit id, "
            "baud rate, parity, the A/B wires and its power"
        )
    return f"unit {unit} is silent: look at its unit id and power, and behind a gateway at the line"
