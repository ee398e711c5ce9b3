"""Which store a command means."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from collector.store.protocol import Store
from collector.store.sqlite import SqliteStore
from plant.errors import UsageError

STORE_FILE = "store.sqlite"


def open_store(url: str | None, data: Path) -> Store:
    """The store at ``influxdb://HOST:PORT/DATABASE``, or the embedded one in the data folder."""
    if url is None:
        return SqliteStore(data / STORE_FILE)
    address, database = influx_address(url)
    try:
        from collector.store.influx import InfluxStore  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            f"store {url}: influxdb-client is missing; install cleanline[influx]"
        ) from error
    return InfluxStore(address, database)


def influx_address(url: str) -> tuple[str, str]:
    """The address of the server and the database that ``influxdb://HOST:PORT/DATABASE`` means."""
    parts = urlsplit(url)
    database = parts.path.strip("/")
    if parts.scheme not in ("influxdb", "influxdbs") or not parts.hostname or not database:
        raise UsageError(f"store {url!r}: write influxdb://HOST:PORT/DATABASE")
    scheme = "https" if parts.scheme == "influxdbs" else "http"
    return f"{scheme}://{parts.hostname}:{parts.port or 8086}", database
