"""The dashboard Performance: what the collector computed, per unit and against the baseline."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.figures import main_plan
from dashboards.formats import Language
from dashboards.grafana import panels, queries
from dashboards.grafana.panels import Json, Sized
from dashboards.grafana.queries import Target
from dashboards.records import meter_name, resource_called, resource_colours
from dashboards.words import say
from plant.description import Plant

MONTHS_SHOWN = "460d"  # as many whole ones as the page Now, whatever the range on screen


def performance(plant: Plant, language: Language) -> Iterator[Sized]:
    """The panels of every resource, then what was made."""
    for resource in plant.resources:
        if main_plan(plant, resource) or plant.meters_of(resource):
            yield panels.heading(resource_called(plant, resource, language))
            yield from _Resource(plant, resource, language).panels()
    for product, described in plant.products.items():
        meters = plant.meters_of(product)
        if meters:
            yield panels.heading(described.name or product)
            title = say("grafana.day.sums", language)
            made = [made_by_day(plant, name, product) for name in meters]
            yield panels.bars(title, made, unit=described.unit, note=_whole_days(language)), 24, 8


def made_by_day(plant: Plant, meter: str, quantity: str) -> Target:
    """What one meter counted, by whole local day."""
    tags = {"plant": plant.id, "meter": meter, "resource": quantity}
    return queries.day_sums(tags, meter_name(plant, meter), zone=plant.zone)


def _whole_days(language: Language) -> str:
    return say("grafana.whole_days", language)


class _Resource:
    """The panels of one resource."""

    def __init__(self, plant: Plant, resource: str, language: Language) -> None:
        self.plant, self.resource, self.language = plant, resource, language
        self.unit = plant.resource_unit(resource)
        self.colour = resource_colours(plant)[resource]
        plan = main_plan(plant, resource)
        self.by = plant.plans[plan].by if plan else "day"
        self.has_plan = plan is not None

    def panels(self) -> Iterator[Sized]:
        if len(self.plant.products) == 1:
            yield self._per_unit("day"), 16, 8
            yield self._per_unit("month"), 8, 8
        if not self.has_plan:
            yield self._consumption("day"), 24, 8
            return
        yield self._consumption(self.by), 12, 8
        yield self._saved(), 12, 8

    def _per_unit(self, by: str) -> Json:
        product = self.plant.products[next(iter(self.plant.products))]
        targets = [self._rows(by, "specific")]
        if self.has_plan:
            targets.append(self._rows(by, "baseline_specific"))
        kind = panels.series if by == "day" else panels.bars
        title = say(f"grafana.specific.{by}", self.language, product=product.unit)
        panel = kind(
            title,
            targets,
            unit=f"{self.unit}/{product.unit}",
            colour=self.colour,
            note=self._note(),
        )
        if by == "day":
            return panel
        base = [self._called("baseline_specific")]
        return panels.lines(panel, base) | {"timeFrom": MONTHS_SHOWN}

    def _consumption(self, by: str) -> Json:
        estimated = say("grafana.estimated", self.language, what=self._called("actual"))
        targets = [
            self._rows(by, "actual", rows=queries.MEASURED),
            self._rows(by, "actual", rows=queries.ESTIMATED)._replace(alias=estimated),
        ]
        if self.has_plan:
            targets.append(self._rows(by, "expected"))
        title = say(f"grafana.actual.{by}", self.language)
        panel = panels.bars(title, targets, unit=self.unit, colour=self.colour, note=self._note())
        return panels.lines(panels.paler(panel, [estimated]), [self._called("expected")])

    def _saved(self) -> Json:
        tags = self._tags(self.by, "saving")
        running = queries.days(tags, self._called("saving"), zone=self.plant.zone, running=True)
        note = say("grafana.saving.note", self.language)
        title = say("grafana.saving.sum", self.language)
        return panels.dots(title, [running], unit=self.unit, colour=self.colour, note=note)

    def _rows(self, by: str, figure: str, *, rows: str = queries.KNOWN) -> Target:
        tags, alias = self._tags(by, figure), self._called(figure)
        if by == "day":
            return queries.days(tags, alias, zone=self.plant.zone, rows=rows)
        return queries.periods(tags, alias, rows=rows)

    def _tags(self, by: str, figure: str) -> dict[str, str]:
        return {
            "plant": self.plant.id, "resource": self.resource, "period": by, "figure": figure,
        }  # fmt: skip

    def _called(self, figure: str) -> str:
        return say(f"grafana.figure.{figure}", self.language)

    def _note(self) -> str:
        return say("grafana.rows", self.language)
