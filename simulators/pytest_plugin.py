"""Fixtures for anybody's tests: a plant that is not there, and the real chain that reads it.

`plant`, `broker`, `store`, `agent`, `collector`: each a running command on a free port, ended
when the test is over, whatever happened. Nothing heavy is imported before a test asks for one.
See docs/testing-with-cleanline.md.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.rig import Agent, Broker, Collector, SimulatedPlant
    from simulators.store_file import Store
    from simulators.supervisor import Supervisor

_SCOPES = ("function", "class", "module", "package", "session")
_MARK = "cleanline(scenario, at=None, speed=1): the simulated plant of a test's fixtures"
_LOG_LINES = 30


def pytest_addoption(parser: pytest.Parser) -> None:
    """Settings for pytest.ini or pyproject.toml."""
    parser.addini("cleanline_scenario", "the plant when no mark names one", default="kontum-starch")
    parser.addini(
        "cleanline_scope", f"how long parts live: {', '.join(_SCOPES)}", default="function"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, and refuse a scope that is none."""
    config.addinivalue_line("markers", _MARK)
    if config.getini("cleanline_scope") not in _SCOPES:
        raise pytest.UsageError(f"cleanline_scope: one of {', '.join(_SCOPES)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the parts said last beside a test that failed."""
    report = yield
    supervisor = getattr(item, "funcargs", {}).get("_cleanline_parts")
    if report.failed and supervisor is not None and call.when != "teardown":
        report.sections += [
            (f"cleanline {part.name}", part.last_words(_LOG_LINES)) for part in supervisor.parts
        ]
    return report


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    _ = fixture_name
    return config.getini("cleanline_scope")


@pytest.fixture(scope=_scope)
def _cleanline_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cleanline")


@pytest.fixture(scope=_scope)
def _cleanline_ports() -> Iterator[Iterator[int]]:
    """Ports for everything; a plant may have many buses."""
    from simulators.ports import reserved_ports

    with reserved_ports(24) as ports:
        yield iter(ports)


@pytest.fixture(scope=_scope)
def _cleanline_parts(_cleanline_folder: Path) -> Iterator[Supervisor]:
    """Ends every part, the last started first."""
    from simulators.supervisor import Supervisor

    supervisor = Supervisor(_cleanline_folder)
    try:
        yield supervisor
    finally:
        supervisor.stop_all()


@contextmanager
def _told() -> Iterator[None]:
    """A part that does not start is told in its own words, without a traceback."""
    from plant.errors import CleanlineError

    try:
        yield
    except CleanlineError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope=_scope)
def plant(
    request: pytest.FixtureRequest,
    _cleanline_folder: Path,
    _cleanline_ports: Iterator[int],
    _cleanline_parts: Supervisor,
) -> SimulatedPlant:
    """A simulated plant: its meters answer Modbus on free ports, its faults can be switched."""
    from simulators.rig import simulated_plant

    mark = request.node.get_closest_marker("cleanline")
    named = mark.args[0] if mark and mark.args else None
    options = dict(mark.kwargs) if mark else {}
    name = named or options.pop("scenario", None) or request.config.getini("cleanline_scenario")
    options.pop("scenario", None)
    beside = request.path.parent / str(name)
    with _told():
        return simulated_plant(
            _cleanline_parts,
            str(beside if beside.exists() else name),
            folder=_cleanline_folder,
            ports=_cleanline_ports,
            **options,
        )


@pytest.fixture(scope=_scope)
def broker(_cleanline_ports: Iterator[int], _cleanline_parts: Supervisor) -> Broker:
    """An MQTT 5 broker, without an installed program."""
    from simulators.rig import embedded_broker

    with _told():
        return embedded_broker(_cleanline_parts, next(_cleanline_ports))


@pytest.fixture(scope=_scope)
def store(_cleanline_folder: Path) -> Store:
    """The collector's SQLite file, to be read."""
    from simulators.store_file import Store

    return Store(_cleanline_folder / "data")


@pytest.fixture(scope=_scope)
def agent(plant: SimulatedPlant, broker: Broker, _cleanline_parts: Supervisor) -> Agent:
    """The agents of the plant's gateways, reading and publishing."""
    from simulators.rig import agents

    with _told():
        return agents(_cleanline_parts, plant, broker=broker)


@pytest.fixture(scope=_scope)
def collector(
    plant: SimulatedPlant,
    broker: Broker,
    store: Store,
    _cleanline_ports: Iterator[int],
    _cleanline_parts: Supervisor,
) -> Collector:
    """The collector with its pages, storing what comes."""
    from simulators.rig import collecting

    with _told():
        return collecting(
            _cleanline_parts, plant, broker=broker, store=store, port=next(_cleanline_ports)
        )
