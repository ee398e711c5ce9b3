"""Wrong options of the demonstration are one line, before anything is started."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from plant.errors import UsageError
from simulators.demo import main


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """The command takes signals over; the tests after it want theirs back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--broker", "localhost"], "write mqtt://host:1883"),
        (["--broker", "mqtt://127.0.0.1:9"], "no broker at mqtt://127.0.0.1:9: .*start it, or"),
        (["--for", "60"], "write a time such as 60s"),
    ],
)
def test_a_wrong_option_is_told_and_leaves_nothing_behind(
    tmp_path: Path, options: list[str], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        main([*options, "--folder", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []
