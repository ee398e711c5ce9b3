"""One event, one line, key=value or JSON, on standard error."""

from __future__ import annotations

import logging

from plant.logs import Form, to_stderr

_logger = logging.getLogger("cleanline.agent")


def configure(level: int = logging.INFO, form: Form = "text") -> None:
    """Send our lines to standard error, and silence the libraries: we tell what matters."""
    _logger.handlers[:] = [to_stderr(form)]
    _logger.setLevel(level)
    _logger.propagate = False
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def _field(value: object) -> str:
    text = str(value).replace("\n", " ")
    if not text or any(c in text for c in ' ="'):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def _line(event: str, fields: dict[str, object]) -> str:
    return " ".join([f"event={event}", *(f"{k}={_field(v)}" for k, v in fields.items())])


def info(event: str, **fields: object) -> None:
    """Tell what an operator may want to know."""
    _logger.info("%s", _line(event, fields))


def warn(event: str, **fields: object) -> None:
    """Tell what an operator should look at."""
    _logger.warning("%s", _line(event, fields))


def debug(event: str, **fields: object) -> None:
    """Tell what only a developer wants to know."""
    if _logger.isEnabledFor(logging.DEBUG):
        _logger.debug("%s", _line(event, fields))
