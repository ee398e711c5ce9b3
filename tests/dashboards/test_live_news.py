"""Only what changed is told."""

from typing import Any

from dashboards.live import Live, news


def _live(**changes: Any) -> Live:
    parts: dict[str, Any] = {
        "time_ms": 1000,
        "values": {"a/power": (900, 1.0), "b/power": (900, 2.0)},
        "rates": {"electricity": (900, 3.0)},
        "steps": {},
        "health": {"a": ("ok", None, "")},
        "gateways": [],
    }
    return Live(**{**parts, **changes})


def test_nothing_new_is_no_news() -> None:
    assert news(_live(), _live(time_ms=2000)) is None


def test_only_the_changed_value_is_told() -> None:
    after = _live(time_ms=2000, values={"a/power": (900, 1.0), "b/power": (1900, 2.5)})
    assert news(_live(), after) == {"time_ms": 2000, "values": {"b/power": (1900, 2.5)}}


def test_the_first_time_everything_is_news() -> None:
    told = news(None, _live())
    assert told is not None
    assert set(told) == {
        "time_ms",
        "values",
        "rates",
        "health",
        "gateways",
        "alarms",
        "troubles",
        "estimated",
    }
