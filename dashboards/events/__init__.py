"""The page Events: alarms that are open or were, and notes, each with who said what."""

from dashboards.events.build import build
from dashboards.events.result import Events
from dashboards.events.show import show
from dashboards.paging import Page

PAGE = Page("events", Events, build, show)
