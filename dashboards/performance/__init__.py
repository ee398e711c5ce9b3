"""The page Performance: one model in three linked views."""

from dashboards.paging import Page
from dashboards.performance.build import build
from dashboards.performance.result import Performance
from dashboards.performance.show import show

PAGE = Page("performance", Performance, build, show)
