"""Every shipped scenario: the readings that its meters would have given, stored, accounted and
judged by the collector, against what the process model knows to be true."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from collector.analysis.quality import Quality
from collector.claims.verify import Verifier
from collector.deriving.derive import Deriver
from collector.deriving.sources import sources_of
from collector.evidence.memory import MemoryStore
from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger
from collector.plans.locked import lock_plan
from collector.stats import Stats
from plant.calendar import SLOT_MS, day_start_ms
from plant.wire import CONFIG, OUTBOX, PREV, SEQ, Topic
from simulators.comparison import Seen, SeenAmount, differences
from simulators.documents import shipped_scenarios
from simulators.expected import Expected, expected, whole_months
from simulators.packs import History
from simulators.scenario import Scenario, load_scenario


class Collected:
    """A scenario's whole history in a collector that runs in this process."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.plant = scenario.plant
        self.start_ms = day_start_ms(scenario.file.origin, self.plant.zone)
        last = scenario.file.until
        assert last is not None, "a shipped scenario says when it ends"
        self.end_ms = day_start_ms(last + timedelta(days=1), self.plant.zone)
        self.store, self.ledger = MemoryStore(), Ledger(folder)
        self.sources = sources_of(self.plant)
        for plan in self.plant.plans:
            lock_plan(
                self.plant, plan, ledger=self.ledger, store=self.store, author="test", reason="",
                now_ms=self.start_ms,
            )  # fmt: skip
        self._take_in()

    def _take_in(self) -> None:
        rosters = {self.plant.id: Roster.of(self.plant)}
        ingest = Ingest(
            rosters, self.store, ledger=self.ledger, stats=Stats(), clock=lambda: self.end_ms
        )
        for gateway in self.plant.gateways:
            history = History(self.scenario, gateway, self.start_ms, self.end_ms)
            topic = str(Topic(self.plant.id, gateway, "readings"))
            head = {OUTBOX: history.outbox, CONFIG: self.plant.config}
            for pack in history.packs():
                properties = head | {SEQ: str(pack.seq), PREV: pack.prev}
                message = Message(topic, pack.payload, properties, self.end_ms)
                answers, _ = ingest.commit([message])
                assert all(not answer.stored.aside for answer in answers)
        deriver = Deriver([self.plant], self.store, ledger=self.ledger)
        while deriver.waiting():
            deriver.step()

    def seen(self, told: Expected) -> Seen:
        verifier = Verifier(self.plant, self.store, ledger=self.ledger)
        claims = [claim.as_json("en") for claim in verifier.claims(self.end_ms)]
        events = self.ledger.journal.events(self.plant.id, limit=10_000)
        return Seen(
            months={quantity: self._months(verifier, quantity) for quantity in told.months},
            claims={claim["claim"]: claim for claim in claims},
            events=[(e.event.meter, e.event.kind, e.event.time_ms) for e in events],
            slots={meter: self._slots(meter) for meter in told.slots},
        )

    def _slots(self, meter: str) -> dict[str, int]:
        source = self.sources[meter]
        found = self.store.read(source.series, self.start_ms, end_ms=self.end_ms)
        slots = np.unique(found.times_ms // SLOT_MS) * SLOT_MS
        return {
            month.label: int(((slots >= month.start_ms) & (slots < month.end_ms)).sum())
            for month in whole_months(self.scenario, self.start_ms, self.end_ms)
        }

    def _months(self, verifier: Verifier, quantity: str) -> dict[str, SeenAmount]:
        spans = whole_months(self.scenario, self.start_ms, self.end_ms)
        totals = verifier.amounts.totals(quantity, spans)
        unknown = np.isnan(totals.values)
        return {
            span.label: SeenAmount(
                None if unknown[i] else float(totals.values[i]),
                is_estimated=bool(totals.quality[i] == Quality.estimated),
            )
            for i, span in enumerate(spans)
        }


PLANTS = ["brewery", "cement-clinker", "rubber-latex", "seafood-freezing", "textile-dyeing"]
SCENARIOS = [*(path.stem for path in shipped_scenarios()), *PLANTS]
ALWAYS = {"nothing-saved", "hidden-by-growth", "meter-swap"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in ALWAYS else pytest.mark.proof) for n in SCENARIOS],
)
def test_the_collector_says_what_is_true(name: str, tmp_path: Path) -> None:
    scenario = load_scenario(Path(name))
    collected = Collected(scenario, tmp_path)
    told = expected(scenario, collected.start_ms, collected.end_ms)
    assert differences(told, collected.seen(told)) == []
