"""What dashboards, reports and verification read: values, consumption, health."""

from collector.read.amounts import Amounts
from collector.read.health import GatewayHealth, gateways, stale_after_ms
from collector.read.metered import Metered, SoFar, Value

__all__ = ["Amounts", "GatewayHealth", "Metered", "SoFar", "Value", "gateways", "stale_after_ms"]
