"""The Now page encoded for the browser: whole, or without the charts that its readers have."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dashboards.charts import Chart
from dashboards.formats import Language
from dashboards.months_chart import months
from dashboards.now import Now
from dashboards.rate_chart import rate
from dashboards.remarks import concerning


class View(BaseModel):
    """The Now page in one language: its data and its charts."""

    model_config = ConfigDict(frozen=True)
    now: Now
    charts: dict[str, Chart]


def view(now: Now, language: Language) -> View:
    """The page in a language."""
    zone = ZoneInfo(now.plant.timezone)
    notes = {tile.resource: concerning(now.notes, [tile.resource]) for tile in now.tiles}
    drawn = [
        rate(tile, language, zone, notes=notes[tile.resource])
        for tile in now.tiles
        if tile.is_metered
    ]
    drawn += [months(tile, language, notes=notes[tile.resource]) for tile in now.tiles]
    return View(now=now, charts={chart.key: chart for chart in drawn})


class Drawn:
    """A view as JSON in parts."""

    def __init__(self, shown: View) -> None:
        self._now = shown.now.model_dump_json()
        self._charts = {key: chart.model_dump_json() for key, chart in shown.charts.items()}
        self._whole = self._encoded(self._charts)

    @property
    def whole(self) -> bytes:
        """The view with all its charts."""
        return self._whole

    def beside(self, others: Collection[Drawn]) -> bytes:
        """The view without the charts that each of the others has just so."""
        return self._encoded(
            {
                key: chart
                for key, chart in self._charts.items()
                if not others or any(other._charts.get(key) != chart for other in others)
            }
        )

    def _encoded(self, charts: dict[str, str]) -> bytes:
        listed = ",".join(f'"{key}":{chart}' for key, chart in charts.items())
        return f'{{"now":{self._now},"charts":{{{listed}}}}}'.encode()
