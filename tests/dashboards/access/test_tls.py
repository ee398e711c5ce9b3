"""The pages over real TLS, with a certificate of their own; and a collector that is told to stand
open."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cleanline import main
from collector.enrolment.certificates import issue_server, open_authority
from dashboards.access import Access, Role
from dashboards.access.door import Door
from dashboards.board import Board
from dashboards.serve import Certificate, Server, listen
from plant.errors import UsageError

pytestmark = pytest.mark.slow


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """A certificate for 127.0.0.1, and `ca.pem` beside it."""
    now = datetime.now(UTC)
    pair = issue_server(open_authority(tmp_path, now), ["127.0.0.1"], now=now)
    files = Certificate(tmp_path / "server.pem", tmp_path / "server.key")
    files.chain.write_bytes(pair.certificate)
    files.key.write_bytes(pair.key)
    return files


@pytest.fixture
def server(site: Any, certificate: Certificate) -> Iterator[Server]:
    """The pages of one plant, as they would be served beyond this computer."""
    site.add_user("ana", north=Role.viewer)
    site.add_token("hall", "north")
    access = Access(Door(tls=True, is_loopback=False), site.ledger, site.clock)
    boards = {"north": Board(site, site.clock)}
    running = Server(boards, listen("127.0.0.1", 0), access=access, certificate=certificate)
    yield running
    running.close()


def _open(address: str, authority: Path, **headers: str) -> Any:
    context = ssl.create_default_context(cafile=str(authority))
    request = urllib.request.Request(address, headers=headers)
    return urllib.request.urlopen(request, context=context, timeout=60)


def test_the_pages_are_served_over_tls_and_say_so(server: Server, tmp_path: Path) -> None:
    assert server.address.startswith("https://127.0.0.1:")
    with _open(f"{server.address}login", tmp_path / "ca.pem") as answer:
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "server" not in answer.headers
    with _open(
        f"{server.address}api/v1/openapi.json", tmp_path / "ca.pem", Authorization="Bearer hall"
    ) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError, match="401"):
        _open(f"{server.address}api/v1/openapi.json", tmp_path / "ca.pem")


def test_a_reader_that_speaks_no_tls_gets_nothing(server: Server) -> None:
    with pytest.raises(OSError, match=r".+"):
        urllib.request.urlopen(server.address.replace("https", "http"), timeout=60)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: files.key.write_bytes(b"not a key"),
        lambda files: files.chain.unlink(),
        lambda files: files.chain.write_bytes(files.key.read_bytes()),
    ],
)
def test_a_certificate_that_is_none_is_said_in_one_line(
    certificate: Certificate, spoil: Callable[[Certificate], object]
) -> None:
    spoil(certificate)
    with listen("127.0.0.1", 0) as listening, pytest.raises(UsageError, match=r"PEM files") as told:
        Server({}, listening, certificate=certificate)
    assert "\n" not in str(told.value)


def test_a_collector_does_not_stand_open_to_the_network_and_takes_nothing_in_first(
    site: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pack that was taken in by one that ends at once is gone from its gateway."""
    started: list[object] = []
    monkeypatch.setattr("collector.service.Collector.start", started.append)
    monkeypatch.setattr("collector.commands._hear_signals", lambda: None)
    monkeypatch.setattr("collector.commands.be_gone_soon", lambda: None)
    words = [str(site.plants["north"].path), "--data", str(site.folder / "other"), "--port", "0"]
    words += ["--broker", "mqtt://127.0.0.1:1", "--host", "0.0.0.0"]
    assert main(["collector", *words]) == 2
    assert "--tls-cert and --tls-key" in capsys.readouterr().err
    assert main(["collector", *words, "--tls-cert", "a", "--tls-key", "b"]) == 2
    assert "cleanline user add" in capsys.readouterr().err
    assert started == []
