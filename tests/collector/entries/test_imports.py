"""Amounts by file and by message: entered once, corrected and withdrawn with author and reason."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.entries.commands import import_main
from collector.entries.entry_line import LONGEST, EntryLine
from collector.intake.checks import Message
from collector.ledger import Ledger
from collector.service import Collector
from collector.store import open_store
from plant.broker import parse_broker
from plant.check import load_plant
from plant.description import Plant

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[products.starch]
[gateways.erp]
buses = {}
"""
NOW_MS = 1_769_904_000_000  # 2026-02-01
TOPIC = "cleanline/v1/mill/erp/amounts"
CSV = "date,starch [t]\n2026-01-05,{value}\n"


@pytest.fixture
def mill(tmp_path: Path) -> Plant:
    file = tmp_path / "plant.toml"
    file.write_text(PLANT, encoding="utf-8")
    return load_plant(file)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def send(mill: Plant, ledger: Ledger) -> Callable[..., dict[str, Any]]:
    """`send(value, reason=...)`: the answer to a message that says so much was made."""
    line = EntryLine({"mill": mill}, ledger)

    def say(value: object, *, topic: str = TOPIC, **said: str) -> dict[str, Any]:
        text = value if isinstance(value, bytes) else CSV.format(value=value).encode()
        reply = line.take(Message(topic, text, said, NOW_MS))
        assert reply is not None
        assert str(reply.topic) == topic.replace("/amounts", "/entered")
        found: dict[str, Any] = json.loads(reply.payload)
        assert reply.changed == bool(
            found.get("new") or found.get("corrected") or found.get("withdrawn")
        )
        return found

    return say


def test_an_amount_is_entered_with_who_said_it_and_answered(send, ledger) -> None:
    told = send(101.5, id="b-17", author="Lan")
    assert (told["id"], told["new"], told["unchanged"]) == ("b-17", 1, 0)
    (entry,) = ledger.amounts.standing("mill", "starch")
    assert entry.amount.value == 101.5
    assert (entry.amount.first_day, entry.author) == (date(2026, 1, 5), "Lan")
    assert entry.source == "mqtt:erp:2"


def test_a_message_that_comes_again_is_entered_once(send, ledger) -> None:
    send(101.5)
    assert send(101.5)["unchanged"] == 1
    assert len(ledger.amounts.history("mill")) == 1
    assert ledger.amounts.history("mill")[0].author == "erp", "without an author, the gateway"


def test_a_correction_is_a_new_entry_and_the_old_one_stays_readable(send, ledger) -> None:
    send(101.5)
    assert "--reason" in send(99.0)["refused"][0]
    assert send(99.0, author="Lan", reason="scale was dirty")["corrected"] == 1
    old, new = ledger.amounts.history("mill")
    assert (old.amount.value, new.amount.value, new.replaces) == (101.5, 99.0, old.id)
    assert [one.amount.value for one in ledger.amounts.standing("mill")] == [99.0]


def test_a_withdrawn_amount_counts_nowhere_stays_readable_and_can_be_entered_anew(
    send, ledger
) -> None:
    send(101.5)
    assert "reason" in send(101.5, withdraw="yes")["refused"][0]
    assert "101.5 t stands there" in send(90, withdraw="yes", reason="x")["refused"][0]
    assert send(101.5, withdraw="yes", reason="of another mill", author="Lan")["withdrawn"] == 1
    assert ledger.amounts.standing("mill") == []
    first, second = ledger.amounts.history("mill")
    assert (second.withdraws, second.replaces, second.reason) == (True, first.id, "of another mill")
    assert send(88.0)["new"] == 1
    assert [one.amount.value for one in ledger.amounts.standing("mill")] == [88.0]


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"date,starch [t]\n2026-01-05,nan\n", "mqtt:erp:2"),
        (b"date,sugar [t]\n2026-01-05,1\n", "sugar"),
        (b"date,starch [kWh]\n2026-01-05,1\n", "kWh"),
        (b"\xff\xfe", "UTF-8"),
        (b"", "nothing"),
        (b"x" * (LONGEST + 1), "send at most"),
    ],
)
def test_a_message_with_a_fault_is_refused_whole_and_told_why(send, ledger, payload, says) -> None:
    assert says in " ".join(send(payload, id="q")["refused"])
    assert ledger.amounts.history("mill") == []


def test_who_is_no_gateway_of_the_plant_is_refused(send, ledger) -> None:
    told = send(5, topic="cleanline/v1/mill/stranger/amounts")
    assert "no gateway 'stranger'" in told["refused"][0]
    assert ledger.amounts.history("mill") == []


def test_a_file_is_withdrawn_by_naming_it_again(mill, ledger, capsys, tmp_path) -> None:
    file, rows = str(mill.path), tmp_path / "d.csv"
    rows.write_text("date,starch [t]\n2026-01-05,5\n2026-01-06,6\n", encoding="utf-8")
    assert import_main([file, str(rows)]) == 0
    assert import_main([file, str(rows), "--withdraw"]) == 2
    assert "--reason" in capsys.readouterr().err
    words = ["--withdraw", "--reason", "of another year", "--author", "Lan"]
    assert import_main([file, str(rows), *words, "--dry-run"]) == 0
    assert len(ledger.amounts.standing("mill")) == 2
    assert import_main([file, str(rows), *words]) == 0
    assert "2 amounts withdrawn; stored" in capsys.readouterr().out
    assert ledger.amounts.standing("mill") == []
    assert len(ledger.amounts.history("mill")) == 4
    assert import_main([file, str(rows), *words]) == 2
    assert "nothing stands there" in capsys.readouterr().err


@pytest.mark.server("mosquitto")
def test_an_amount_over_a_real_broker_is_answered_after_it_is_stored(
    mill: Plant, mosquitto_port: int, wait_until: Callable[..., None], tmp_path: Path
) -> None:
    data = tmp_path / "served"
    collector = Collector(
        {"mill": mill},
        open_store(None, data),
        ledger=Ledger(data),
        broker=parse_broker(f"mqtt://127.0.0.1:{mosquitto_port}"),
    )
    collector.start()
    wait_until(lambda: collector.connected, "collector connected")
    client = Client(CallbackAPIVersion.VERSION2, "erp", protocol=MQTTProtocolVersion.MQTTv5)
    answers: list[dict[str, Any]] = []
    heard = threading.Event()
    client.on_subscribe = lambda *_: heard.set()
    client.on_message = lambda _c, _d, message: answers.append(json.loads(message.payload))
    client.connect("127.0.0.1", mosquitto_port)
    client.loop_start()
    client.subscribe("cleanline/v1/mill/erp/entered", 1)
    assert heard.wait(60)
    said = Properties(PacketTypes.PUBLISH)
    said.UserProperty = [("id", "b-17"), ("author", "Lan")]
    client.publish(TOPIC, CSV.format(value=7).encode(), qos=1, properties=said)
    wait_until(lambda: answers, "an answer")
    assert (answers[0]["id"], answers[0]["new"]) == ("b-17", 1)
    (entry,) = collector.ledger.amounts.standing("mill")
    assert (entry.amount.value, entry.author) == (7, "Lan")
    client.disconnect()
    client.loop_stop()
    collector.stop()


def test_a_trial_prints_what_would_be_stored(mill, ledger, capsys, tmp_path) -> None:
    rows = tmp_path / "d.csv"
    rows.write_text("\ufeffNgày;Bột [kg]\n31/12/2025;1.500,5\n01/01/2026;800\n", "utf-16")
    words = [str(mill.path), str(rows), "--map", "Ngày=date", "--map", "Bột [kg]=starch [kg]"]
    assert import_main([*words, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "first  line 2, 2025-12-31 to before 2026-01-01: 1.500,5 kg = 1.5005 t" in told
    assert "2025-12               1.50 t\n  2026-01               0.80 t" in told
    assert "nothing stored: a dry run" in told
    assert import_main([*words, "--dry-run", "--json"]) == 0
    (column,) = json.loads(capsys.readouterr().out)["would_store"]
    assert column["months"] == {"2025-12": 1.5005, "2026-01": 0.8}
    assert ledger.amounts.history("mill") == []
    assert import_main([*words[:2], "--map", "date"]) == 2
    assert "write THEIRS=OURS" in capsys.readouterr().err


def test_a_workbook_is_read_as_its_cells_say(mill, ledger, capsys, tmp_path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Bảng kê"])
    sheet.append(["date", "starch [t]"])
    sheet.append([datetime(2026, 1, 5), 612.0])  # noqa: DTZ001 - as a workbook holds it
    sheet.append(["06/01/2026", "1.234,5"])
    sheet.append(["13/01/2026", None])
    book.save(tmp_path / "d.xlsx")
    words = [str(mill.path), str(tmp_path / "d.xlsx")]
    assert import_main(words) == 0
    standing = ledger.amounts.standing("mill")
    assert [(e.amount.first_day.day, e.amount.value) for e in standing] == [(5, 612), (6, 1234.5)]
    assert standing[0].source == "d.xlsx:3"
    book.create_sheet("other").append(["date"])
    sheet.append([datetime(2026, 1, 7), "=1+1"])  # noqa: DTZ001
    book.save(tmp_path / "d.xlsx")
    for options, says in (
        ([], "sheets Sheet, other; say which with --sheet"),
        (["--sheet", "Shet"], "no sheet 'Shet'"),
        (["--sheet", "Sheet"], "B6: a formula that was never computed"),
    ):
        assert import_main([*words, *options]) == 2
        assert says in capsys.readouterr().err
