"""What was saved against a forecast: the value, its interval, and the share that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

from scipy.special import ndtri

from collector.analysis.forecast import Forecast
from plant.errors import AnalysisError


@dataclass(frozen=True, slots=True)
class Saving:
    """Expected minus actual, with its interval; the meter's part is also stated apart."""

    forecast: Forecast
    actual: float
    meter_half_width: float

    @property
    def expected(self) -> float:
        """What the baseline expects of the period [unit of the resource]."""
        return self.forecast.expected

    @property
    def value(self) -> float:
        """Expected minus actual [unit of the resource]; negative where more was used."""
        return self.expected - self.actual

    @property
    def low(self) -> float:
        """Lower bound of the saving [unit of the resource]."""
        return self.margin(0.0)[0]

    @property
    def high(self) -> float:
        """Upper bound of the saving [unit of the resource]."""
        return self.margin(0.0)[1]

    def margin(self, target: float) -> tuple[float, float]:
        """Interval of (1 - target) * expected - actual [unit of the resource]."""
        keep = 1.0 - target
        centre = keep * self.forecast.centre
        below = hypot(keep * self._below, self.meter_half_width)
        above = hypot(keep * self._above, self.meter_half_width)
        return centre - below - self.actual, centre + above - self.actual

    @property
    def share_low(self) -> float | None:
        """Lower bound of the share of the expected that was saved (Fieller); None if unbounded."""
        if self.forecast.low <= 0:
            return None
        below = self._below / self._scale
        square = self.forecast.low / self._scale * (self._centre + below)
        return 1.0 - (self._middle + self._root(square)) / square

    @property
    def share_high(self) -> float:
        """Upper bound of the share of the expected that was saved (Fieller)."""
        above = self._above / self._scale
        square = self.forecast.high / self._scale * (self._centre - above)
        total = self._middle + self._root(square)
        return 1.0 - self._constant / total if total else 1.0

    @property
    def shown(self) -> float:
        """Largest share of the expected that the interval proves, 0 if none."""
        return max(0.0, self.share_low or 0.0)

    @property
    def _scale(self) -> float:
        """What Fieller's quadratic is divided by, so that no unit takes it out of range."""
        ends = (self.forecast.low, self.forecast.centre, self.forecast.high, self.actual)
        return max(map(abs, ends))

    @property
    def _centre(self) -> float:
        return self.forecast.centre / self._scale

    @property
    def _middle(self) -> float:
        return self.actual / self._scale * self._centre

    @property
    def _constant(self) -> float:
        return (self.actual / self._scale) ** 2 - (self.meter_half_width / self._scale) ** 2

    def _root(self, square: float) -> float:
        return sqrt(max(self._middle**2 - square * self._constant, 0.0))

    @property
    def _below(self) -> float:
        return self.forecast.centre - self.forecast.low

    @property
    def _above(self) -> float:
        return self.forecast.high - self.forecast.centre


def saving(forecast: Forecast, actual: float, *, meter_uncertainty: float = 0.0) -> Saving:
    """What was saved against a forecast.

    meter_uncertainty: relative standard uncertainty that all readings of the meter share.
    """
    if not 0 <= meter_uncertainty < 1:
        raise AnalysisError(f"meter uncertainty is {meter_uncertainty}; give a share from 0 to 1")
    z = float(ndtri((1 + forecast.confidence) / 2))
    return Saving(forecast, actual, z * meter_uncertainty * abs(actual))
