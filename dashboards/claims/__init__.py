"""The page Claims: each verdict, and from it everything that it rests on."""

from dashboards.claims.build import build
from dashboards.claims.result import Claims
from dashboards.claims.show import show
from dashboards.paging import Page

PAGE = Page("claims", Claims, build, show)
