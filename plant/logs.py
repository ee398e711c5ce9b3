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


class JsonLines(logging.Formatter):
    """Each record as one JSON object: time, level, logger, message, and its key=value pairs."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        message = record.getMessage()
        told: dict[str, object] = {key: _plain(text) for key, text in _PAIR.findall(message)}
        told |= {
            "time": f"{_utc(record.created)}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def begin_logging(form: Form) -> None:
    """Log from INFO on, to standard error."""
    handler = logging.StreamHandler()
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _plain(text: str) -> str:
    """A value as it was before it was quoted."""
    if text[0] not in "'\"":
        return text
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text
