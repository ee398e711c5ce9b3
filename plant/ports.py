"""Ports as they are typed on a command line."""

from argparse import ArgumentTypeError

LAST_PORT = 65_535


def port_number(text: str) -> int:
    """A port from 1 to 65535, for ``type=`` of an option."""
    return _port(text, least=1)


def port_or_any(text: str) -> int:
    """The same, or 0: any free one."""
    return _port(text, least=0)


def _port(text: str, *, least: int) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= LAST_PORT):
        raise ArgumentTypeError(f"{text!r} is not a port; write {least} to {LAST_PORT}")
    return int(text)
