"""What the tests of whole chains have in common."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.ports import reserved_ports
from simulators.supervisor import Supervisor


@pytest.fixture
def ports() -> Iterator[Iterator[int]]:
    """Ports of this test alone."""
    with reserved_ports(12) as found:
        yield iter(found)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Starts commands, and ends them with the test."""
    supervisor = Supervisor(tmp_path)
    yield supervisor
    supervisor.stop_all()
