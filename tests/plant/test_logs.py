"""Log lines, for people and as JSON: one object a line, whatever was logged."""

import json
import logging
import sys

from plant.logs import JsonLines, KeyValues


def _line(message: str, *arguments: object, **more: object) -> dict[str, str]:
    record = logging.LogRecord(
        "collector.mqtt", logging.WARNING, "f", 1, message, arguments, None, **more
    )
    record.created, record.msecs = 1_773_150_000.25, 250
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, str] = json.loads(text)
    return found


def test_a_line_holds_its_pairs_its_time_and_its_message() -> None:
    told = _line("broker=%s refused=%r", "mqtt://h:1", "Not authorized, 'again'")
    assert told["broker"] == "mqtt://h:1"
    assert told["refused"] == "Not authorized, 'again'"
    assert (told["level"], told["logger"]) == ("warning", "collector.mqtt")
    assert told["time"] == "2026-03-10T13:40:00.250Z"
    assert told["message"].startswith("broker=mqtt://h:1 refused=")


def test_a_pair_cannot_pass_for_the_time_or_the_level() -> None:
    told = _line("level=critical time=never")
    assert (told["level"], told["time"][:4]) == ("warning", "2026")


def test_line_breaks_and_errors_stay_within_the_line() -> None:
    assert _line("topic=%r", "a\nb")["topic"] == "a\nb"
    try:
        raise ValueError("bad\nvalue")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
    text = JsonLines().format(record)
    assert "\n" not in text
    assert "ValueError: bad" in json.loads(text)["error"]


def test_a_line_for_people_begins_with_the_same_time_level_and_logger() -> None:
    record = logging.LogRecord("collector.mqtt", logging.INFO, "f", 1, "broker=%s", ("b",), None)
    record.created, record.msecs = 1_773_150_000.25, 250
    wanted = "time=2026-03-10T13:40:00.250Z level=info logger=collector.mqtt broker=b"
    assert KeyValues().format(record) == wanted
