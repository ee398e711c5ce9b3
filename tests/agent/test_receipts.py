"""A pack leaves the disk for an answer about that very pack, not for one about its number."""

from __future__ import annotations

import pytest

from agent.outbox import Stocked
from agent.receipts import Receipts
from plant.chain import brief
from plant.wire import Stored

OURS, OTHERS = (Stocked(1, "c", payload, "").hash_in("box") for payload in (b"ours", b"others"))


@pytest.fixture
def receipts() -> Receipts:
    made = Receipts()
    made.note(1, OURS)
    return made


def answer(*packs: tuple[int, str]) -> Stored:
    numbers = [(seq, seq) for seq, _ in packs]
    said = Stored("box", numbers, [], 0, [(seq, brief(digest)) for seq, digest in packs])
    return Stored.decode(said.encode())


def test_the_pack_that_was_stored_may_go_and_once(receipts: Receipts) -> None:
    assert receipts.settled(answer((1, OURS))) == {1}
    assert receipts.settled(answer((1, OURS))) == set()


def test_another_pack_of_the_same_number_frees_nothing_and_is_told_once(
    receipts: Receipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outbox that was copied to a second gateway gives each number to two packs."""
    told: list[str] = []
    monkeypatch.setattr("agent.receipts.log.warn", lambda event, **_: told.append(event))
    for _ in range(2):
        assert receipts.settled(answer((1, OTHERS))) == set()
    assert told == ["another-pack"]
    assert receipts.settled(answer((1, OTHERS), (1, OURS))) == {1}


def test_what_did_not_go_out_from_here_is_kept_and_sent(receipts: Receipts) -> None:
    assert receipts.settled(answer((2, OTHERS))) == set()


def test_a_collector_of_before_is_taken_at_its_numbers(receipts: Receipts) -> None:
    assert receipts.settled(Stored("box", [(1, 1)], [(3, "why")])) == {1, 3}


def test_what_is_remembered_is_bounded(receipts: Receipts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.receipts.MOST", 2)
    receipts.note(2, OURS)
    receipts.note(3, OURS)
    assert receipts.settled(answer((1, OURS), (2, OURS), (3, OURS))) == {2, 3}
