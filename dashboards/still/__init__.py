"""Charts that stand still: the same chart-data object as the pages', drawn by matplotlib."""

from dashboards.still.draw import still

__all__ = ["still"]
