"""The collector's counts as Prometheus takes them: text format 0.0.4.

Counters count from the start of the process; gauges are as they were last heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from collector.read import GatewayHealth, gateways
from collector.stats import Stats
from dashboards.operation import Health, Vitals

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[Mapping[str, str], float | int | None]


def exposition(seen: Vitals, health: Health, plants: Iterable[str]) -> str:
    """The whole text. plants: whose gateways are told; the rest is of the collector."""
    told = {name: gateways(seen.plants[name], seen.ledger) for name in plants}
    lines = [*_of_collector(seen.stats, health), *_of_gateways(told, seen.clock())]
    return "\n".join(lines) + "\n"


def _of_collector(stats: Stats, health: Health) -> Iterator[str]:
    counters = {
        "packs_received": (stats.packs, "Packs that came, those sent again too."),
        "packs_stored": (stats.stored_packs, "Packs stored, each once."),
        "packs_repeated": (stats.duplicates, "Packs that had been stored before."),
        "packs_shed": (stats.shed, "Packs not taken in because the store was behind."),
        "readings_received": (stats.readings_in, "Readings in packs that could be read."),
        "readings_stored": (stats.readings, "Readings stored, each once."),
        "events_stored": (stats.events, "Events stored."),
        "commits": (stats.commits, "Commits of the store."),
        "commit_retries": (stats.retries, "Commits that the store refused."),
        "rows_derived": (stats.derived_rows, "Rows derived from readings."),
    }
    for name, (value, says) in counters.items():
        yield from _family(f"{name}_total", "counter", says, [({}, value)])
    aside: list[Sample] = [({"reason": kind}, n) for kind, n in sorted(stats.aside.items())]
    yield from _family("packs_set_aside_total", "counter", "Packs set aside, by reason.", aside)
    checks = health.checks
    gauges: dict[str, tuple[float | int | None, str]] = {
        "broker_connected": (checks.broker, "Whether the broker sends what was asked for."),
        "store_writable": (checks.store, "Whether store and ledger take what comes."),
        "disk_free_bytes": (health.disk_free_bytes, "Room on the disk of the data folder."),
        "last_commit_age_seconds": (health.last_commit_age_s, "Since the last commit."),
        "lag_seconds": (_seconds(stats.lag_ms), "From the newest reading of a commit to it."),
        "commit_seconds": (_seconds(stats.commit_ms), "What the last commit took."),
        "slots_waiting": (stats.slots_waiting, "Slots of 15 minutes that await derivation."),
    }
    for name, (known, says) in gauges.items():
        yield from _family(name, "gauge", says, [({}, known)])


def _of_gateways(told: Mapping[str, list[GatewayHealth]], now_ms: int) -> Iterator[str]:
    found = [
        ({"plant": plant, "gateway": one.gateway}, one)
        for plant, several in told.items()
        for one in several
    ]
    gauges = {
        "gateway_online": (_online, "Whether the gateway last said that it is online."),
        "gateway_outbox_packs": (_depth, "Packs that wait on the gateway."),
        "gateway_clock_offset_seconds": (_offset, "Gateway's clock minus the collector's."),
        "gateway_missing_packs": (_missing, "Packs that must exist and were never seen."),
        "gateway_set_aside_packs": (_aside, "Packs of the gateway in quarantine."),
        "gateway_plant_file_same": (_same, "Whether it reads the collector's plant file."),
    }
    for name, (of, says) in gauges.items():
        yield from _family(name, "gauge", says, [(labels, of(one)) for labels, one in found])
    ages: list[Sample] = [
        (labels, None if one.received_ms is None else (now_ms - one.received_ms) / 1000)
        for labels, one in found
    ]
    yield from _family("gateway_heard_age_seconds", "gauge", "Since it was last heard.", ages)


def _online(one: GatewayHealth) -> int | None:
    return None if one.status is None else int(one.status.state == "online")


def _depth(one: GatewayHealth) -> int | None:
    return None if one.status is None else one.status.outbox_depth


def _offset(one: GatewayHealth) -> float | None:
    return None if one.status is None else _seconds(one.status.clock_offset_ms)


def _missing(one: GatewayHealth) -> int:
    return one.missing_packs


def _aside(one: GatewayHealth) -> int:
    return one.set_aside


def _same(one: GatewayHealth) -> int | None:
    return None if one.same_config is None else int(one.same_config)


def _seconds(value_ms: int | None) -> float | None:
    return None if value_ms is None else value_ms / 1000


def _family(name: str, kind: str, says: str, samples: Iterable[Sample]) -> Iterator[str]:
    """One metric with its samples; what is not known has no sample, never a zero."""
    yield f"# HELP cleanline_{name} {says}"
    yield f"# TYPE cleanline_{name} {kind}"
    for labels, value in samples:
        if value is not None:
            inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"cleanline_{name}{'{' + inner + '}' if inner else ''} {float(value):.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
