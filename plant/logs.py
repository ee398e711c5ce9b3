"""One event, one line: as text for people, or as JSON for programs that gather lines."""

from __future__ import annotations

import ast
import json
import logging
import re
import time
from typing import Literal

Form = Literal["text", "json"]
_PAIR = re.compile(r"(?:^|\s)(\w+)=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)")


class KeyValues(logging.Formatter):
    """Each record as a line: time, level and logger as key=value, then the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; the traceback of an error below it."""
        head = f"time={_utc(record)} level={record.levelname.lower()} logger={record.name}"
        return f"{head} {super().format(record)}"


class JsonLines(logging.Formatter):
    """Each record as one JSON object: time, level, logger, message, and its key=value pairs."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        message = record.getMessage()
        told: dict[str, object] = {key: _plain(text) for key, text in _PAIR.findall(message)}
        told |= {
            "time": _utc(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def begin_logging(form: Form) -> None:
    """Log from INFO on, to standard error."""
    logging.basicConfig(level=logging.INFO, handlers=[to_stderr(form)])


def to_stderr(form: Form) -> logging.Handler:
    """What writes records to standard error in a form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else KeyValues())
    return handler


def _utc(record: logging.LogRecord) -> str:
    """When it was logged, ISO 8601 to the millisecond."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03d}Z"


def _plain(text: str) -> str:
    """A value as it was before it was quoted."""
    if text[0] not in "'\"":
        return text
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text
