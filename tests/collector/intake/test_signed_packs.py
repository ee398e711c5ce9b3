"""Nobody speaks for a gateway whose key the plant file names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.intake.checks import Message, Roster
from collector.intake.ingest import Answer, Ingest
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store import COUNTER, Series
from collector.store.sqlite import SqliteStore
from plant.check import load_plant
from plant.description import Plant
from plant.errors import CleanlineError
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from tests.collector.signing import NOW, Sending, signing, with_keys

ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))


def energy(offset_ms: int = 0, value: float = 1.0) -> bytes:
    reading = Reading("incomer", "energy", NOW + offset_ms, value)
    return encode_pack(Pack("mill", [reading]), {})


class Bench:
    """An ingest over real files, for a plant file that may change."""

    def __init__(self, folder: Path) -> None:
        self.store, self.ledger, self.stats = SqliteStore(folder / "s"), Ledger(folder), Stats()
        self._ingest: Ingest | None = None

    def use(self, plant: Plant) -> None:
        rosters = {"mill": Roster.of(plant)}
        self._ingest = Ingest(
            rosters, self.store, ledger=self.ledger, stats=self.stats, clock=lambda: NOW
        )

    @property
    def ingest(self) -> Ingest:
        assert self._ingest is not None
        return self._ingest

    def commit(self, *messages: Message) -> list[Answer]:
        return self.ingest.commit(messages)[0]

    @property
    def values(self) -> list[float]:
        return self.store.read(ENERGY, 0, end_ms=2**62).values.tolist()

    def refusals(self) -> list[tuple[int | None, str]]:
        return [(aside.seq, aside.kind) for aside in self.ledger.journal.quarantine("mill")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()
    made.ledger.close()


@pytest.fixture
def yard(bench: Bench, plant_file: Path) -> Sending:
    """The gateway of the incomer; the plant file has its key."""
    made = signing("yard")
    bench.use(with_keys(plant_file, made))
    return made


def test_a_signed_pack_is_stored(bench: Bench, yard: Sending) -> None:
    (answer,) = bench.commit(yard.pack(energy()), yard.pack(energy(1000, 2.0)))
    assert answer.stored.stored == [(1, 2)]
    assert bench.values == [1.0, 2.0]


def _byte(pack: Message) -> Message:
    return pack._replace(payload=pack.payload.replace(b":1.0", b":9.0"))


def _said(name: str, text: str | None) -> object:
    def change(pack: Message) -> Message:
        said = {**pack.properties, name: text}
        return pack._replace(properties={k: v for k, v in said.items() if v is not None})

    return change


ATTACKS = {
    "a byte of the payload": _byte,
    "the number": _said("seq", "2"),
    "the outbox": _said("outbox", "xob"),
    "the plant file's hash": _said("config", "decaf"),
    "the pack before": _said("prev", "0" * 64),
    "no signature": _said("sig", None),
    "a signature that is none": _said("sig", "AAAA"),
    "a signature in no alphabet": _said("sig", "é"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_altered_on_the_way_is_set_aside_and_the_reason_said(
    bench: Bench, yard: Sending, attack: str
) -> None:
    altered = ATTACKS[attack](yard.pack(energy()))  # type: ignore[operator]
    assert altered != yard.sent[0]
    (answer,) = bench.commit(altered)
    assert answer.stored.stored == []
    assert "sign" in answer.stored.aside[0][1]
    assert [kind for _, kind in bench.refusals()] == ["signature"]
    assert bench.stats.aside == {"signature": 1}
    assert bench.values == []
    bench.commit(yard.sent[0])
    assert bench.values == [1.0], "the true one is stored all the same"


def test_a_pack_sent_again_by_another_gateway_is_set_aside(
    bench: Bench, plant_file: Path, yard: Sending
) -> None:
    annex = signing("annex")
    bench.use(with_keys(plant_file, annex))
    pack = yard.pack(energy())
    replayed = pack._replace(topic="cleanline/v1/mill/annex/readings")
    (answer,) = bench.commit(replayed)
    assert "not by 'annex'" in answer.stored.aside[0][1]
    assert bench.values == []


def test_a_replayed_pack_of_a_gateway_without_a_key_names_meters_that_are_not_the_others(
    bench: Bench, plant: Plant
) -> None:
    bench.use(plant)
    pack = Sending("yard").pack(energy())
    bench.commit(pack._replace(topic="cleanline/v1/mill/annex/readings"))
    assert bench.refusals() == [(1, "unknown")]
    assert bench.values == []


def test_a_gateway_without_a_key_works_and_so_does_one_whose_key_is_not_known(
    bench: Bench, plant: Plant
) -> None:
    bench.use(plant)
    bench.commit(Sending("yard").pack(energy()), signing("yard", "other").pack(energy(1000, 2.0)))
    assert bench.values == [1.0, 2.0]


def test_an_older_key_still_counts_while_the_plant_file_names_it(
    bench: Bench, plant_file: Path, yard: Sending
) -> None:
    new = signing("yard", "new")
    text = plant_file.read_text().replace("keys = [", f'keys = ["{new.public}", ')
    plant_file.write_text(text)
    bench.use(load_plant(plant_file))
    bench.commit(yard.pack(energy()), new.pack(energy(1000, 2.0)))
    assert bench.values == [1.0, 2.0]


def test_packs_by_a_key_that_the_plant_file_lacked_are_stored_once_it_is_there(
    bench: Bench, plant_file: Path, yard: Sending
) -> None:
    """The gateway had its new key before the collector was told."""
    new = signing("yard", "new")
    bench.commit(new.pack(energy()), Sending("yard", "nobody").pack(energy(1000, 6.0)))
    assert bench.values == []
    text = plant_file.read_text().replace("keys = [", f'keys = ["{new.public}", ')
    plant_file.write_text(text)
    bench.use(load_plant(plant_file))
    assert bench.ingest.readmit() == 1
    assert bench.values == [1.0]
    assert len(bench.refusals()) == 1, "the unsigned one stays where it is"


@pytest.mark.parametrize("said", [{"prev": "x"}, {"config": "c\n"}, {"config": "c" * 65}])
def test_a_link_or_a_config_that_is_none_is_malformed(
    bench: Bench, plant: Plant, said: dict[str, str]
) -> None:
    bench.use(plant)
    pack = Sending("yard").pack(energy())
    bench.commit(pack._replace(properties={**pack.properties, **said}))
    assert bench.refusals() == [(1, "malformed")]


@pytest.mark.parametrize("key", ["", "ed25519:AAAA", "A" * 44, "ed25519:" + "é" * 44])
def test_a_key_that_is_none_is_a_fault_of_the_plant_file(plant_file: Path, key: str) -> None:
    with pytest.raises(CleanlineError, match="cleanline enroll"):
        with_keys(plant_file, Sending("yard", public=key))
