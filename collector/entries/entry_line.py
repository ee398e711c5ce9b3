"""Production and other amounts by MQTT: what a message says, and what is answered.

The message is a CSV text as `cleanline import` reads it, on ``cleanline/v1/<plant>/<gateway>/
amounts``, with the user properties `id`, `author`, `reason` and `withdraw`. The answer, on
``.../entered``, has the same `id`, and is said after the commit. docs/decisions/amounts-by-mqtt.md
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from collector.entries.imports import Authorship, import_csv
from collector.intake.checks import Message
from collector.ledger import Ledger
from plant.description import Plant
from plant.errors import CleanlineError, StoreError, UsageError, WireError
from plant.wire import AMOUNTS, ENTERED, Topic, parse_topic

_log = logging.getLogger(__name__)
LONGEST = 262_144  # bytes of a message
LONGEST_TEXT = 500  # characters of an id, author or reason


class Reply(NamedTuple):
    """What is answered, and whether the ledger changed."""

    topic: Topic
    payload: bytes
    changed: bool


class EntryLine:
    """Takes messages with amounts into the ledger."""

    def __init__(self, plants: Mapping[str, Plant], ledger: Ledger) -> None:
        self._plants = plants
        self._ledger = ledger

    def take(self, message: Message) -> Reply | None:
        """The answer to a message; None to one that is not for us, or while the ledger fails.

        Whoever is not answered says it again: what stands already is entered once.
        """
        try:
            topic = parse_topic(message.topic)
            plant = self._plants[topic.plant]
        except (WireError, KeyError):
            return None
        said = {"id": message.properties.get("id", "")[:LONGEST_TEXT]}
        try:
            found = self._enter(plant, topic, message)
        except StoreError as error:
            _log.error("amounts=not-stored from=%s reason=%r", topic, str(error))
            return None
        except CleanlineError as error:
            _log.warning("amounts=refused from=%s reason=%r", topic, str(error).splitlines()[0])
            return self._reply(topic, said | {"refused": str(error).splitlines()}, changed=False)
        changed = bool(found["new"] or found["corrected"] or found["withdrawn"])
        return self._reply(topic, said | found, changed=changed)

    def _enter(self, plant: Plant, topic: Topic, message: Message) -> dict[str, Any]:
        if topic.gateway not in plant.gateways:
            raise UsageError(
                f"the plant file has no gateway {topic.gateway!r}; write "
                f"[gateways.{topic.gateway}] with buses = {{}} for what only tells amounts"
            )
        if len(message.payload) > LONGEST:
            raise UsageError(f"{len(message.payload)} bytes; send at most {LONGEST} at one time")
        try:
            text = message.payload.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(f"not UTF-8 ({error.reason}); send the text as UTF-8") from error
        said = message.properties
        by = Authorship(
            author=said.get("author", "")[:LONGEST_TEXT] or topic.gateway,
            reason=said.get("reason", "")[:LONGEST_TEXT],
            entered_ms=message.received_ms,
            withdraws=said.get("withdraw", "") == "yes",
        )
        return import_csv(
            plant, text, f"mqtt:{topic.gateway}", ledger=self._ledger, by=by
        ).as_json()

    def _reply(self, topic: Topic, told: dict[str, Any], *, changed: bool) -> Reply:
        payload = json.dumps(told, ensure_ascii=False).encode()
        return Reply(topic._replace(leaf=ENTERED), payload, changed)


def is_entry(message: Message) -> bool:
    """Whether a message tells amounts."""
    return message.topic.endswith(f"/{AMOUNTS}")
