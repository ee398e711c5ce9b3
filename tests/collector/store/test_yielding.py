"""What can wait lets a commit go first, and goes on all the same under a load without end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.store import GAUGE, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from collector.store.yielding import MOST_S, Precedence, Yielding

POWER = Series(GAUGE, "mill", ("incomer", "power"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "s")
    yield made
    made.close()


def test_it_reads_and_writes_as_the_store_behind_it(store: SqliteStore) -> None:
    behind = Yielding(store, Precedence())
    behind.write({POWER: samples([1000], [5.0])})
    assert len(behind.add({POWER: samples([1000], [6.0])})[POWER]) == 1
    assert behind.read(POWER, 0, end_ms=2000).values.tolist() == [5.0]
    assert behind.series("mill") == [POWER]
    assert behind.latest("mill")[POWER].value == 5.0


def test_a_call_waits_until_the_commit_is_over(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.yielding.MOST_S", 60.0)
    precedence = Precedence()
    behind = Yielding(store, precedence)
    order: list[str] = []
    begun = threading.Event()

    def read() -> None:
        begun.set()
        behind.read(POWER, 0, end_ms=1)
        order.append("read")

    reader = threading.Thread(target=read)
    with precedence.first():
        reader.start()
        assert begun.wait(60)
        order.append("committed")
    reader.join(60)
    assert order == ["committed", "read"]


def test_a_commit_without_end_does_not_stop_it(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.yielding.MOST_S", 0.0)
    precedence = Precedence()
    with precedence.first():
        assert len(Yielding(store, precedence).read(POWER, 0, end_ms=1)) == 0


def test_the_next_call_after_a_commit_that_failed_does_not_wait() -> None:
    precedence = Precedence()
    with pytest.raises(OSError, match="full"), precedence.first():
        raise OSError("full")
    assert precedence._is_free.is_set()


def test_it_waits_ten_times_as_long_as_it_has_worked_and_never_longer_than_a_commit_takes() -> None:
    now_s, waited = [0.0], []

    class Busy:
        def wait(self, within_s: float) -> None:
            waited.append(round(within_s, 9))
            now_s[0] += within_s

    precedence = Precedence(lambda: now_s[0])
    precedence._is_free = Busy()  # type: ignore[assignment]
    for worked_s in (0.0, 0.0, 0.001, 0.01, 5.0):
        now_s[0] += worked_s
        precedence.give_way()
    assert waited == [MOST_S, 0.0, 0.01, 0.1, MOST_S]
