"""Where readings and what was computed from them are kept: SQLite beside the plant, or InfluxDB."""

from collector.store.address import open_store
from collector.store.protocol import (
    COUNTER,
    GAUGE,
    INTERVAL,
    PERFORMANCE,
    Latest,
    Samples,
    Series,
    Store,
)

__all__ = [
    "COUNTER",
    "GAUGE",
    "INTERVAL",
    "PERFORMANCE",
    "Latest",
    "Samples",
    "Series",
    "Store",
    "open_store",
]
