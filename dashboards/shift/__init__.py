"""The page Shift: what each shift used for its output, and what was expected for that output."""

from dashboards.paging import Page
from dashboards.shift.build import build
from dashboards.shift.result import Shift
from dashboards.shift.show import show

PAGE = Page("shift", Shift, build, show)
