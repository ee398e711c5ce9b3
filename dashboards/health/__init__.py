"""The page Data health: how well each meter is known, and what became of every pack."""

from dashboards.health.build import build
from dashboards.health.result import DataHealth
from dashboards.health.show import show
from dashboards.paging import Page

PAGE = Page("health", DataHealth, build, show)
