"""The page Water: what comes in, where it goes, what leaves, and what nobody can explain."""

from dashboards.paging import Page
from dashboards.water.build import build
from dashboards.water.result import Water
from dashboards.water.show import show

PAGE = Page("water", Water, build, show)
