"""The terms of a model: how each is called, and the column of numbers that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from collector.analysis.observations import Floats
from collector.analysis.results import Model
from collector.statement import Row
from dashboards import formats
from dashboards.report.content import Content

BEND = " change point"  # ends the name of a place, which is no column
ABOVE = " above"
CALENDAR = ("weekday", "season")  # terms that come from the date


class Columns(NamedTuple):
    """Columns (n, k) of the coefficients beside the base load, by name."""

    names: tuple[str, ...]
    values: Floats


def columns_of(model: Model, rows: Sequence[Row]) -> Columns:
    """What the coefficients of a model multiply in each row; a driver as it is, as it is."""
    fit = model.fit
    X = np.array([[row.drivers[name] for name in fit.drivers] for row in rows], dtype=np.float64)
    X = X.reshape(len(rows), len(fit.drivers))
    first = int(fit.intercept)
    design = fit.basis.design(X)[:, first:]
    raw = (design * fit.basis.scale + fit.basis.centre).astype(np.float64)
    names = fit.names[first:]
    for number, name in enumerate(names):
        if fit.shapes.get(name) == "linear":
            raw[:, number] = X[:, fit.drivers.index(name)]
    free = len(names) - fit.basis.held
    return Columns(names[:free], raw[:, :free])


def has_bend(model: Model) -> bool:
    """Whether the place of a bend was estimated too, which no LINEST does."""
    return model.fit.basis.held > 0


def term_name(content: Content, name: str) -> str:
    """What a coefficient is called."""
    if name == "intercept":
        return content.say("model.intercept")
    for ending, key in ((BEND, "term.change_point"), (ABOVE, "term.above")):
        if name.endswith(ending):
            return content.say(key, driver=content.name(name.removesuffix(ending)))
    return content.say(f"term.{name}") if content.has(f"term.{name}") else content.name(name)


def unit_of(content: Content, quantity: str) -> str:
    """The unit of a driver as it is typeset; nothing for what comes from the date."""
    if quantity in CALENDAR:
        return ""
    return formats.unit(content.plant.quantity_unit(quantity))
