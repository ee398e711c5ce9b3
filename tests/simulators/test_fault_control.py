"""Faults of a running simulator, switched by the command and over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plant.errors import CleanlineError, UsageError
from simulators import fault_command
from simulators.control import Control, serve_control
from simulators.faults.base import Reply
from simulators.faults.board import Board
from simulators.scenario import Scenario

pytestmark = pytest.mark.slow

At = Callable[..., float]


@pytest.fixture
def board(still: Callable[..., Scenario], install: Any, at: At) -> Iterator[tuple[Board, int]]:
    """A running simulator's faults at 2025-01-01 10:00, and its control port."""
    scenario = still(m=install("eastron-sdm630", "electricity"))
    board = scenario.board()
    control = Control(scenario, board, now_s=lambda: at(2025, 1, 1, 10))
    with serve_control(control, 0) as port:
        yield board, port


def is_silent(board: Board, at_s: float) -> bool:
    reply = Reply(1, 1, b"\x04\x00", 0.0)
    board.spoil(["m"], reply, at_s=at_s)
    return not reply.is_sent


def test_a_fault_begins_now_lasts_as_long_as_said_and_can_be_ended(
    board: tuple[Board, int], at: At, capsys: pytest.CaptureFixture[str]
) -> None:
    faults, port = board
    assert fault_command.main([str(port), "silence", "meter=m", "for=30s"]) == 0
    assert json.loads(capsys.readouterr().out) == {"number": 1}
    now_s = at(2025, 1, 1, 10)
    assert not is_silent(faults, now_s - 1)
    assert is_silent(faults, now_s)
    assert not is_silent(faults, now_s + 30)
    fault_command.main([str(port)])
    told = json.loads(capsys.readouterr().out)
    assert told == {"1": {"kind": "silence", "meter": "m", "for": 30.0, "active": True}}
    fault_command.main([str(port), "end", "1"])
    assert not is_silent(faults, now_s)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["slince", "meter=m"], "--list-faults"),
        (["silence", "meter=n"], "meter 'n' is not one of m"),
        (["silence"], "one meter or bus: say which"),
        (["silence", "m"], "write key=value"),
        (["end", "7"], "no fault has number 7"),
        (["exception", "meter=m", "code=9"], "code"),
    ],
)
def test_a_wrong_order_is_refused_with_what_would_do(
    board: tuple[Board, int], arguments: list[str], told: str
) -> None:
    with pytest.raises(UsageError) as refused:
        fault_command.main([str(board[1]), *arguments])
    assert told in str(refused.value)
    assert board[0].faults == {}


def test_a_page_in_a_browser_cannot_switch_faults(board: tuple[Board, int]) -> None:
    """A form or a plain text of another site needs no preflight, so it must not be heard."""
    body = json.dumps({"kind": "silence", "meter": "m"}).encode()
    url = f"http://127.0.0.1:{board[1]}/faults"
    request = urllib.request.Request(url, body, {"content-type": "text/plain"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    assert "content-type: application/json" in json.load(refused.value)["error"]
    assert board[0].faults == {}


def test_without_a_simulator_the_command_says_what_to_start(free_port: Callable[[], int]) -> None:
    with pytest.raises(CleanlineError, match="start the simulator with --control PORT"):
        fault_command.main([str(free_port())])
