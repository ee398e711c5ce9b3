"""The page Entries: production and other amounts that people enter, and what was entered."""

from dashboards.entries.build import build
from dashboards.entries.result import Entries
from dashboards.entries.show import show
from dashboards.paging import Page

PAGE = Page("entries", Entries, build, show)
