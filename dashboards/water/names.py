"""What the page Water calls its flows."""

from __future__ import annotations

from dashboards.formats import Language
from dashboards.water.result import Flow, Quality, Use
from dashboards.words import say, say_or


def flow_name(flow: Flow, language: Language) -> str:
    """A flow as the plant calls it; an estimate says that it is one."""
    if not flow.is_metered:
        return f"{flow.name or flow.key} ({say('quality.estimated', language)})"
    return flow.name or say(f"water.{flow.part}", language)


def use_name(use: Use, language: Language) -> str:
    """A sub-meter as the plant calls it, or what none counts."""
    return (use.name or use.key) if use.key else say("water.rest", language)


def quality_name(quality: Quality, language: Language) -> str:
    """A quality value by its point; the meter where the plant names it."""
    point = say_or(f"point.{quality.point}", language, quality.point)
    return f"{point}, {quality.name}" if quality.name else point
