"""Faults of a running simulator switched over HTTP, on loopback only."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from plant.errors import CleanlineError, UsageError
from simulators.faults.board import Board
from simulators.faults.catalogue import read_fault
from simulators.scenario import Scenario
from simulators.scenario_checks import fault_misfit

_LONGEST = 10_000  # bytes of a request


class Control:
    """What can be asked of a running simulator: its faults, a new one, the end of one."""

    def __init__(self, scenario: Scenario, board: Board, *, now_s: Callable[[], float]) -> None:
        """`now_s` gives the simulated instant [s, UTC]."""
        self._scenario = scenario
        self._board = board
        self._now_s = now_s

    def faults(self) -> dict[str, Any]:
        """Every fault by number, with whether it is at work now."""
        now_s = self._now_s()
        return {
            str(number): placed.fault.model_dump(mode="json", by_alias=True, exclude_none=True)
            | {"active": placed.when.is_active(now_s)}
            for number, placed in self._board.faults.items()
        }

    def add(self, table: dict[str, Any]) -> int:
        """Put a fault to work, from now unless it says another time; its number."""
        fault = read_fault(table)
        if wrong := fault_misfit(self._scenario.plant, fault):
            key, found, known = wrong
            raise UsageError(f"fault: {key} {found!r} is not one of {', '.join(known)}")
        return self._board.add(self._scenario.place(fault, self._now_s()))

    def end(self, number: str) -> None:
        """End a fault; UsageError when there is none of that number."""
        try:
            self._board.remove(int(number))
        except (KeyError, ValueError) as error:
            raise UsageError(f"no fault has number {number}; ask for /faults") from error


class _Handler(BaseHTTPRequestHandler):
    """`GET /faults`, `POST /faults` with a table as JSON, `DELETE /faults/NUMBER`."""

    control: Control

    def do_GET(self) -> None:
        """Every fault."""
        self._answer(self.control.faults if self.path == "/faults" else None)

    def do_POST(self) -> None:
        """A new fault."""
        # A page in a browser cannot send this type elsewhere without being asked first.
        is_json = self.headers.get_content_type() == "application/json"
        if self.path == "/faults" and not is_json:
            told = {"error": "send the fault as content-type: application/json"}
            self._say(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, told)
            return
        fits = self.path == "/faults"
        self._answer((lambda: {"number": self.control.add(self._body())}) if fits else None)

    def do_DELETE(self) -> None:
        """The end of one."""
        head, _, number = self.path.rpartition("/")
        self._answer((lambda: self.control.end(number)) if head == "/faults" else None)

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("content-length") or 0)
        try:
            body = json.loads(self.rfile.read(min(length, _LONGEST)))
        except ValueError as error:
            raise UsageError("a fault is a JSON object") from error
        if not isinstance(body, dict):
            raise UsageError("a fault is a JSON object")
        return body

    def _answer(self, make: Callable[[], Any] | None) -> None:
        status, content = HTTPStatus.NOT_FOUND, {"error": "GET, POST /faults; DELETE /faults/N"}
        if make is not None:
            try:
                status, content = HTTPStatus.OK, make()
            except CleanlineError as error:
                status, content = HTTPStatus.BAD_REQUEST, {"error": str(error)}
        self._say(status, content)

    def _say(self, status: HTTPStatus, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def serve_control(control: Control, port: int) -> Iterator[int]:
    """Listen on loopback while the block runs; the port."""
    handler = type("Handler", (_Handler,), {"control": control})
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise UsageError(
            f"cannot listen on 127.0.0.1:{port}: {error.strerror}; choose another --control port"
        ) from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
