"""The page Load: when a resource is used, and what runs when nothing is made."""

from dashboards.load.build import build
from dashboards.load.result import Load
from dashboards.load.show import show
from dashboards.paging import Page

PAGE = Page("load", Load, build, show)
