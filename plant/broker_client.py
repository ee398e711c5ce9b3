"""What every client of the broker is given: a name and password, TLS, packets sent at once."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from plant.broker import BrokerAddress


def set_up(client: Any, address: BrokerAddress) -> None:
    """Give a paho client what it needs to connect there; OSError where a file cannot be used."""
    if address.username is not None:
        client.username_pw_set(address.username, address.password)
    if address.tls:
        context = ssl.create_default_context(cafile=address.ca_file)
        if address.cert_file:
            context.load_cert_chain(address.cert_file, address.key_file)
        client.tls_set_context(context)
    client.on_socket_open = send_at_once


def send_at_once(_client: object, _data: object, line: Any) -> None:
    """What paho calls with a new socket: a packet goes out without waiting for the one before.

    TCP else holds a small one back until the other side has said that it has the last one, which
    that does up to 40 ms later.
    """
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
