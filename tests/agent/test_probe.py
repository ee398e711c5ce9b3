"""The electrician finds who is on a bus, and what a register means, without writing anything."""

from __future__ import annotations

import json
import struct

import pytest

from agent.commands import probe_main
from agent.probe import Found, all_orders, is_named, parse_address
from agent.probe_command import plant_lines
from plant.check import check_plant
from plant.errors import PlantFileError, UsageError
from plant.models import library
from plant.toml_file import parse_toml


def test_an_address_says_the_line_and_its_settings() -> None:
    assert parse_address("tcp://10.0.0.5:1502").tcp == "10.0.0.5:1502"
    assert parse_address("tcp://10.0.0.5").tcp == "10.0.0.5:502"
    assert parse_address("tcp://10.0.0.5:4001?framer=rtu").framer == "rtu"
    bus = parse_address("serial:///dev/ttyUSB0?baud=19200&parity=E&stop_bits=2")
    assert (bus.serial, bus.baud, bus.parity, bus.stop_bits) == ("/dev/ttyUSB0", 19200, "E", 2)


@pytest.mark.parametrize(
    "text",
    ["10.0.0.5:502", "tcp://", "http://x", "serial://", "serial:///dev/x?parity=Q",
     "serial:///dev/x?baud=fast", "tcp://x:502?colour=red"],
)  # fmt: skip
def test_an_address_that_is_none_is_one_line(text: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_address(text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
def test_the_plausible_order_of_a_voltage_is_marked(order: str) -> None:
    data = struct.pack(">f", 231.4)
    swapped = {
        "ABCD": data,
        "CDAB": data[2:] + data[:2],
        "BADC": data[1::-1] + data[:1:-1],
        "DCBA": data[::-1],
    }[order]
    readings = all_orders(list(struct.unpack(">2H", swapped)), ["float32"])
    assert {r.order for r in readings} == {"ABCD", "CDAB", "BADC", "DCBA"}
    (likely,) = [r for r in readings if r.plausible]
    assert likely.order == order
    assert likely.value == pytest.approx(231.4)


def test_no_order_is_marked_when_none_is_plausible() -> None:
    """A counter in Wh makes no float64."""
    readings = all_orders([0x0000, 0x0007, 0x06E3, 0x321A], ["float64", "int64"])
    assert [(r.type, r.order) for r in readings if r.plausible] == [("int64", "ABCD")]


def test_a_unit_without_a_probe_register_is_known_by_the_name_it_says() -> None:
    models = library()
    assert is_named(models["schneider-pm5560"], "Schneider Electric METSEPM5560 02.05")
    assert not is_named(models["schneider-pm5560"], "Schneider Electric PM5110 02.05")
    assert not is_named(models["schneider-pm5560"], "")
    assert not is_named(models["abb-b23"], "ABB B23 1.0"), "its registers say so"


def test_what_is_found_can_be_put_into_a_plant_file() -> None:
    """With names in the place of the capitals the file is sound."""
    bus = parse_address("tcp://10.0.0.5:502?framer=rtu")
    found = [Found(1, "?", ("abb-b23", "abb-b24")), Found(2), Found(7, named=("schneider-pm5560",))]
    lines = plant_lines(bus, found).replace("GATEWAY", "yard").replace("BUS", "panel")
    head = '[plant]\nid = "mill"\nname = "Mill"\n[resources.electricity]\n'
    text = head + lines.replace("METER-1]", 'in]\nresource = "electricity"').replace(
        "METER-7]", 'dryer]\nwithin = "in"\nresource = "electricity"'
    )
    plant = check_plant(parse_toml(text, "plant.toml", PlantFileError))
    assert {m.model for m in plant.meters.values()} == {"abb-b23", "schneider-pm5560"}
    assert plant_lines(bus, [Found(2)]) == ""


@pytest.mark.slow
def test_units_and_their_models_are_found(meters, capsys) -> None:
    meters.put(3, 3, 0, [0])
    meters.put(3, 3, 0x8960, [0x4232, 0x3320])  # "B23 "
    meters.put(5, 4, 0, [0])
    code = probe_main(
        [f"tcp://127.0.0.1:{meters.port}", "--units", "3-5", "--timeout", "1", "--json"]
    )
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [unit["unit"] for unit in found] == [3, 5]
    assert found[0]["models"] == ["abb-b23"]
    assert found[0]["identity"] == "Acme M1 1.0"


def test_a_sunspec_meter_is_found_by_its_own_discovery(meters, capsys) -> None:
    meters.put(1, 3, 40000, [0x5375, 0x6E53, 1, 3, 0, 0, 0, 203, 2, 0, 0, 0xFFFF, 0])
    probe_main([f"tcp://127.0.0.1:{meters.port}", "--units", "1", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found["sunspec"] == [[1, 40002], [203, 40007]]
    assert found["models"] == [], "203 has 105 registers, this one two"


def test_a_register_is_shown_in_every_order(meters, capsys) -> None:
    meters.put_float(1, 3, 3027, 231.4)
    address = f"tcp://127.0.0.1:{meters.port}"
    code = probe_main([address, "--register", "3027", "--type", "float32", "--units", "1"])
    out = capsys.readouterr().out.splitlines()
    assert code == 0
    assert out[0].split("  ")[-1] == "address 3027", "there is no register before it"
    assert out[1].split() == ["registers", "4367", "6666"]
    (marked,) = [line for line in out if "plausible" in line]
    assert marked.split()[:3] == ["float32", "ABCD", "231.4"]


def test_a_number_counted_from_one_is_found_at_the_address_before(meters, capsys) -> None:
    meters.put_float(1, 3, 3027, 230.0)
    meters.put_float(1, 3, 3029, 230.0)
    address = f"tcp://127.0.0.1:{meters.port}"
    probe_main([address, "--register", "3028", "--type", "float32", "--units", "1"])
    out = capsys.readouterr().out.splitlines()
    assert out[0].endswith("address 3027 (3028 counted from 1)")
    rows = {line.split()[1]: line.split()[2:] for line in out[2:6]}
    assert rows["ABCD"][1:] == ["230", "<-", "plausible"]
    assert rows["CDAB"][:3] == ["230", "<-", "plausible"], "the trap: two floats that follow"
    assert out[-1].startswith("Both are possible")


def test_function_4_is_tried_where_3_is_refused(meters, capsys) -> None:
    meters.put_float(1, 4, 52, 117.5)
    asked = [f"tcp://127.0.0.1:{meters.port}", "--units", "1", "--type", "float32"]
    assert probe_main([*asked, "--register", "52"]) == 0
    assert "unit 1, function 4" in capsys.readouterr().out
    assert probe_main([*asked, "--register", "30053"]) == 1
    assert "30053 means --register 52 --function 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("register", "hint"),
    [
        ("70000", "from 0 to 65535"),
        ("-1", "from 0"),
        ("400053", "means --register 52 --function 3"),
    ],
)
def test_an_address_that_no_frame_holds_is_refused(register: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        probe_main(["tcp://127.0.0.1:1", "--units", "1", f"--register={register}"])


def test_without_a_type_as_many_registers_as_are_there_are_shown(meters, capsys) -> None:
    meters.put(1, 3, 10, [1, 2])
    address = f"tcp://127.0.0.1:{meters.port}"
    assert probe_main([address, "--register", "10", "--units", "1", "--json"]) == 0
    (view,) = json.loads(capsys.readouterr().out)
    assert (view["address"], view["words"]) == (10, [1, 2])


def test_nothing_there_is_one_line_that_says_what_to_try(meters, capsys) -> None:
    address = f"tcp://127.0.0.1:{meters.port}"
    assert probe_main([address, "--units", "7", "--timeout", "0.05"]) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert "every unit id that was asked is silent; look at the ids, with --units" in told[-1]
    assert told[-1].endswith("add ?framer=rtu to the address")
    assert probe_main(["tcp://127.0.0.1:1", "--units", "1-9"]) == 1
    assert "refused the connection: look whether Modbus TCP is enabled" in capsys.readouterr().err


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "1e9"])
def test_a_patience_that_is_none_is_refused(timeout: str) -> None:
    with pytest.raises(UsageError, match="--timeout"):
        probe_main(["tcp://127.0.0.1:1", f"--timeout={timeout}"])


@pytest.mark.parametrize("units", ["x", "1-", "300", "5-x", ""])
def test_unit_ids_that_are_none_are_refused(units: str) -> None:
    with pytest.raises(UsageError, match="--units"):
        probe_main(["tcp://127.0.0.1:1", f"--units={units}"])
