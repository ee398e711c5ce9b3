"""A real MQTT 5 broker without a server: rumqttd, as the iotcore wheel carries it."""

from __future__ import annotations

import socket
from pathlib import Path

from iotcore import Broker

_CONFIG = """\
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 2097152
max_inflight_count = 100
dynamic_filters = true
"""


def start_broker(folder: Path, port: int) -> Broker:
    """A broker on loopback in a process of its own, which ends when this one does."""
    broker = _broker(folder, port)
    broker.start()
    return broker


def run_broker(folder: Path, port: int) -> None:
    """Serve on loopback in this process, until a signal ends it; OSError when the port is taken."""
    broker = _broker(folder, port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    broker.run_forever()


def _broker(folder: Path, port: int) -> Broker:
    config = folder / "broker.toml"
    config.write_text(_CONFIG.format(port=port), encoding="utf-8")
    return Broker(config_path=str(config))
