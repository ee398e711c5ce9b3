"""No entry without a secret: gateways, collector and a real Mosquitto over TLS."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.custody.archive import read_day
from collector.enrolment.enroll import Registry
from collector.ledger import Ledger
from tests.e2e.enrolled_site import Intruder, Site

pytestmark = [pytest.mark.slow, pytest.mark.server("mosquitto")]
WaitUntil = Callable[..., None]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two gateways; east has a certificate, west a password; the broker runs."""
    made = Site(tmp_path)
    made.enrol("east")
    made.enrol("west", "--password")
    made.start_broker()
    yield made
    made.close()


@pytest.fixture
def working(site: Site, wait_until: WaitUntil) -> Site:
    """A collector that is connected."""
    collector = site.start_collector(site.environment(site.registry / "collector"))
    wait_until(lambda: "connected topics" in collector.log.read_text(), "collector connected")
    return site


def test_readings_arrive_by_certificate_and_by_password(
    working: Site, wait_until: WaitUntil
) -> None:
    folders = {name: working.registry / "gateways" / "mill" / name for name in ("east", "west")}
    east = working.start_agent("east", working.environment(folders["east"]))
    west = working.start_agent(
        "west", working.environment(folders["west"]), port=working.password_port
    )
    wait_until(lambda: min(working.stored().values()) > 5, "readings of both")
    secret = (folders["west"] / "password").read_text().strip()
    for part in (east, west):
        assert '"waiting": 0' in part.stop(10)
        assert secret not in part.log.read_text()


def test_an_agent_with_another_gateways_certificate_is_refused_and_says_so(
    working: Site, wait_until: WaitUntil
) -> None:
    folder = working.registry / "gateways" / "mill" / "east"
    agent = working.start_agent("west", working.environment(folder))
    broker = next(part for part in working.parts if part.name == "broker")
    wait_until(lambda: broker.log.read_text().count("rc135") > 5, "refusals, 0x87")
    said = agent.log.read_text()
    assert said.count("Not authorized; look at this gateway's entry") == 1, "once is enough"
    agent.kill()  # its will would be the other's status
    # Closed, or reset where an answer of the broker was still unread.
    gone = re.compile(r"Client mill/east@\w+ (closed|disconnected)")
    wait_until(lambda: gone.search(broker.log.read_text()) is not None, "gone")
    assert working.stored() == {"east": 0, "west": 0}
    ledger = Ledger(working.folder / "data")
    assert ledger.journal.statuses("mill") == {}
    ledger.close()


def test_an_agent_whose_packs_are_refused_says_so_and_keeps_them(
    working: Site, wait_until: WaitUntil
) -> None:
    acl = working.registry / "acl"
    right = "topic write cleanline/v1/mill/east/readings\n"
    acl.write_text(acl.read_text().replace(right, ""))
    working.reload_broker()
    folder = working.registry / "gateways" / "mill" / "east"
    agent = working.start_agent("east", working.environment(folder))
    wait_until(lambda: "publish-refused" in agent.log.read_text(), "refused")
    assert "Not authorized" in agent.log.read_text()
    assert working.stored() == {"east": 0, "west": 0}
    assert '"waiting": 0' not in agent.stop(10), "what was refused is kept"


def test_a_gateway_can_neither_write_for_another_nor_hear_what_is_said_to_it(
    working: Site, wait_until: WaitUntil
) -> None:
    folders = {name: working.registry / "gateways" / "mill" / name for name in ("east", "west")}
    topics = ("cleanline/v1/mill/west/stored", "cleanline/v1/#", "#")
    intruder = Intruder(working, folders["east"], topics)
    for topic in (
        "cleanline/v1/mill/west/readings",
        "cleanline/v1/mill/west/status",
        "cleanline/v1/mill/west/stored",
        "cleanline/v1/mill/east/stored",
        "cleanline/v1/farm/east/readings",
        "elsewhere",
    ):
        assert intruder.publish(topic) == 0x87, f"{topic}: not authorized"
    # paho ends its line at this one, and would at each time that it is sent again.
    assert intruder.publish("cleanline/v1/mill/east/status", said=[("id", "\ufeff")]) == 0
    working.start_agent("west", working.environment(folders["west"]), port=working.password_port)
    wait_until(lambda: working.stored()["west"] > 5, "readings of west")
    assert intruder.heard == []
    ledger = Ledger(working.folder / "data")
    assert ledger.journal.quarantine("mill") == [], "nothing of the intruder's arrived at all"
    ledger.close()
    intruder.close()


def test_a_signed_pack_is_stored_and_another_gateway_cannot_send_it_as_its_own(
    site: Site, wait_until: WaitUntil
) -> None:
    """The other is enrolled too, and publishes where it may."""
    site.name_keys()
    collector = site.start_collector(site.environment(site.registry / "collector"))
    wait_until(
        lambda: "connected topics" in collector.log.read_text(), "collector connected", within_s=90
    )
    folders = {name: site.registry / "gateways" / "mill" / name for name in ("east", "west")}
    agent = site.start_agent("west", site.environment(folders["west"]), port=site.password_port)
    wait_until(lambda: site.stored()["west"] > 5, "readings of west", within_s=90)
    assert "packs=signed" in agent.log.read_text()
    agent.stop(30)
    held = site.folder / "data" / "packs" / "mill"
    record = next(iter(read_day(next(held.glob("*.gz")).read_bytes(), "day")))
    assert record.signature
    before = site.stored()
    said = [
        *(("outbox", record.outbox), ("seq", str(record.seq)), ("config", record.config)),
        *(("prev", record.prev), ("sig", record.signature)),
    ]
    intruder = Intruder(site, folders["east"])
    code = intruder.publish("cleanline/v1/mill/east/readings", record.payload, said)
    assert code in (0x00, 0x10), "it is its own topic"
    wait_until(lambda: "pack=aside" in collector.log.read_text(), "set aside")
    intruder.close()
    assert "not by 'east'" in collector.log.read_text()
    ledger = Ledger(site.folder / "data")
    # The line is written when the pack is judged; the ledger has it with its batch.
    wait_until(lambda: ledger.journal.quarantine("mill") != [], "in quarantine")
    assert [one.kind for one in ledger.journal.quarantine("mill")] == ["signature"]
    ledger.close()
    assert site.stored() == before


def _foreign(site: Site, folder: Path) -> Path:
    """A certificate in the right name by another authority."""
    other = Registry(folder, hosts=["localhost"], now=datetime.now(UTC), days=30)
    made = other.enrol("mill", "east", password=False, renew=False).folder
    shutil.copyfile(site.registry / "ca.pem", made / "ca.pem")
    return made


def _expired(site: Site, folder: Path) -> Path:
    """A certificate in the right name by the right authority that was valid last year."""
    shutil.copytree(site.registry, folder)
    past = datetime.now(UTC) - timedelta(days=400)
    registry = Registry(folder, hosts=[], now=past, days=30)
    return registry.enrol("mill", "east", password=False, renew=True).folder


@pytest.mark.parametrize("make", [_foreign, _expired])
def test_a_foreign_or_expired_certificate_is_refused_and_the_agent_says_so(
    working: Site, wait_until: WaitUntil, make: Callable[[Site, Path], Path]
) -> None:
    folder = make(working, working.folder / "other")
    agent = working.start_agent("east", working.environment(folder))
    wait_until(lambda: "no-broker" in agent.log.read_text(), "refused")
    assert "certificate" in agent.log.read_text()
    assert "event=connected" not in agent.log.read_text()
    assert working.stored() == {"east": 0, "west": 0}


def test_a_wrong_password_is_refused_and_the_agent_says_so(
    working: Site, wait_until: WaitUntil
) -> None:
    folder = working.registry / "gateways" / "mill" / "west"
    (folder / "password").write_text("guessed\n")
    environment = working.environment(folder)
    agent = working.start_agent("west", environment, port=working.password_port)
    wait_until(lambda: "refused us: Not authorized" in agent.log.read_text(), "refused")
    assert "guessed" not in agent.log.read_text()
    assert working.stored() == {"east": 0, "west": 0}


def test_without_a_secret_nobody_gets_in(site: Site, wait_until: WaitUntil) -> None:
    environment = {"CLEANLINE_MQTT_CA": str(site.registry / "ca.pem")}
    for port in (site.port, site.password_port):
        agent = site.start_agent("east", environment, port=port)
        wait_until(lambda part=agent: "no-broker" in part.log.read_text(), "refused")
        assert "event=connected" not in agent.log.read_text()
        agent.kill()
        agent.log.unlink()


def test_a_broker_that_another_authority_certified_is_not_believed(
    site: Site, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Nobody who stands between can read a plant's figures, or answer `stored`."""
    other = Registry(tmp_path / "other", hosts=["localhost"], now=datetime.now(UTC), days=30)
    folder = other.enrol("mill", "east", password=False, renew=False).folder
    agent = site.start_agent("east", site.environment(folder))
    wait_until(lambda: "no-broker" in agent.log.read_text(), "refused")
    assert "TLS failed" in agent.log.read_text()
    assert "CLEANLINE_MQTT_CA" in agent.log.read_text()


def test_a_revoked_gateway_is_out_as_soon_as_the_broker_is_told(
    working: Site, wait_until: WaitUntil
) -> None:
    folder = working.folder / "carried"
    shutil.copytree(working.registry / "gateways" / "mill" / "east", folder)
    intruder = Intruder(working, folder)
    assert intruder.publish("cleanline/v1/mill/east/status", b"") in (0x00, 0x10)
    working.enrol("east", "--revoke")
    working.reload_broker()
    wait_until(lambda: intruder.publish("cleanline/v1/mill/east/status", b"") == 0x87, "no rights")
    intruder.close()


def test_a_certificate_that_was_stolen_opens_nothing_once_its_gateway_has_another(
    working: Site, wait_until: WaitUntil
) -> None:
    topic = "cleanline/v1/mill/east/status"
    own = working.registry / "gateways" / "mill" / "east"
    stolen = working.folder / "stolen"
    shutil.copytree(own, stolen)
    thief = Intruder(working, stolen)
    assert thief.publish(topic, b"") in (0x00, 0x10)
    working.enrol("east", "--renew")
    working.reload_broker()
    wait_until(lambda: thief.publish(topic, b"") == 0x87, "no rights")
    thief.close()
    gateway, thief = Intruder(working, own), Intruder(working, stolen)
    assert gateway.publish(topic, b"") in (0x00, 0x10)
    assert thief.publish(topic, b"") == 0x87
    gateway.close()
    thief.close()


def test_mosquitto_reads_our_password_file_as_its_own(site: Site) -> None:
    """mosquitto_passwd can change an entry that we wrote."""
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        pytest.skip("mosquitto_passwd is not installed")
    path = site.registry / "passwords"
    user = path.read_text().partition(":")[0]
    assert user.startswith("mill/west@")
    subprocess.run([tool, "-D", str(path), user], check=True, capture_output=True)
    assert "mill/west" not in path.read_text()
