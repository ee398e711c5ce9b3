"""What can happen: each fault begins, lasts, and ends. The end of one may meet the next."""

from __future__ import annotations

import contextlib
import math
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.meters import read_record
from tests.chaos.replay import Replayer
from tests.chaos.stack import GATEWAYS, QUIET, TINY, Stack
from tests.chaos.truth import Excuses, stocked

End = Callable[[], None]
RECOVERS_S = 5.0  # an agent notices within a second that there is room; a busy machine is slower


def _nothing() -> None:
    """It is over already."""


@dataclass
class Scene:
    """What faults work on."""

    stack: Stack
    chance: random.Random
    excuses: dict[str, Excuses]
    replayer: Replayer
    full_until_s: dict[str, float]  # agent -> until when its disk was full, and a moment more

    def has_full_disk(self, name: str) -> bool:
        """Whether an agent cannot write, or could not a moment ago."""
        return self.full_until_s.get(name, 0.0) > time.monotonic()

    def gateway(self) -> str:
        """One of the gateways."""
        return self.chance.choice(GATEWAYS)

    def collector(self) -> str:
        """One of the collectors."""
        return self.chance.choice(self.stack.collectors)

    def ours(self) -> str:
        """Any part that is ours."""
        return self.chance.choice([*GATEWAYS, *self.stack.collectors])


def kill_agent(scene: Scene) -> End:
    """kill -9 of an agent; what was in its memory alone is written down."""
    name = scene.gateway()
    _kill_agent(scene, name)
    return scene.stack.parts[name].start


def _kill_agent(scene: Scene, name: str) -> None:
    part = scene.stack.parts[name]
    if not part.kill():
        return
    record = read_record(scene.stack.record(name))
    scene.excuses[name].killed(
        record,
        stocked(scene.stack.outbox(name)),
        since_ms=part.started_ms,
        now_ms=time.time_ns() // 1_000_000,
        full=scene.has_full_disk(name) or scene.excuses[name].doubts(time.time_ns() // 1_000_000),
    )
    scene.full_until_s.pop(name, None)


def stop_agent(scene: Scene) -> End:
    """SIGTERM of an agent under load: it puts all on disk and goes."""
    name = scene.gateway()
    part = scene.stack.parts[name]
    if not part.is_up or scene.has_full_disk(name):
        return _nothing
    part.stop(within_s=10)
    return part.start


def kill_collector(scene: Scene) -> End:
    """kill -9 of a collector."""
    part = scene.stack.parts[scene.collector()]
    part.kill()
    return part.start


def stop_collector(scene: Scene) -> End:
    """SIGTERM of a collector under load."""
    part = scene.stack.parts[scene.collector()]
    if part.is_up:
        part.stop(within_s=10)
    return part.start


def kill_meters(scene: Scene) -> End:
    """kill -9 of all meters of a gateway."""
    part = scene.stack.parts[f"meters-{scene.gateway()}"]
    part.kill()
    return part.start


def wipe_broker(scene: Scene) -> End:
    """The broker dies and comes back knowing nothing: no session, no queue, no retained status."""
    part = scene.stack.parts["broker"]
    part.kill()
    scene.stack.set_broker(QUIET)
    return part.start


def shrink_broker(scene: Scene) -> End:
    """The broker comes back with queues so small that it drops what it acknowledged."""
    part = scene.stack.parts["broker"]
    part.kill()
    scene.stack.set_broker(TINY)
    part.start()
    return _nothing  # until it is wiped again


def cut_network(scene: Scene) -> End:
    """Nobody reaches the broker over this line, and connections are reset."""
    proxy = scene.stack.proxies[scene.ours()]
    proxy.cut()
    return proxy.heal


def deafen_network(scene: Scene) -> End:
    """One direction of a line is silent; at the end what was held comes, or is lost."""
    proxy = scene.stack.proxies[scene.ours()]
    proxy.hold(scene.chance.choice(["up", "down"]))
    if scene.chance.random() < 0.5:
        return proxy.heal

    def end() -> None:
        proxy.lose()
        proxy.heal()

    return end


def stop_database(scene: Scene) -> End:
    """InfluxDB is killed; or another process holds the SQLite file."""
    influx = scene.stack.parts.get("influx")
    if influx is not None:
        influx.kill()
        return influx.start
    path = scene.stack.folder / "data" / "store.sqlite"
    if not path.exists():
        return _nothing
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with contextlib.suppress(sqlite3.OperationalError):  # the collector writes just now
        holder.execute("BEGIN IMMEDIATE")
    return holder.close


def fill_agent_disk(scene: Scene) -> End:
    """The disk of an agent is full to its last page."""
    name = scene.gateway()
    disk = scene.stack.disks[name]
    if not disk.is_real:
        return _starve_agent(scene, name, scene.stack.parts[name].refuse_writes())
    disk.fill()
    return _starve_agent(scene, name, disk.make_room)


def refuse_agent_writes(scene: Scene) -> End:
    """The disk of an agent takes no write at all, not even over what is there."""
    name = scene.gateway()
    return _starve_agent(scene, name, scene.stack.parts[name].refuse_writes())


def _starve_agent(scene: Scene, name: str, make_room: End) -> End:
    process = scene.stack.parts[name].process
    scene.full_until_s[name] = math.inf

    def end() -> None:
        make_room()
        if scene.stack.parts[name].process is process:
            scene.full_until_s[name] = time.monotonic() + RECOVERS_S

    return end


def fill_collector_disk(scene: Scene) -> End:
    """The disk of store and ledger is full to its last page."""
    name = scene.collector()
    disk = scene.stack.disks[name]
    if not disk.is_real:
        return scene.stack.parts[name].refuse_writes()
    disk.fill()
    return disk.make_room


def refuse_collector_writes(scene: Scene) -> End:
    """The disk of a collector takes no write at all: neither store, ledger nor log."""
    return scene.stack.parts[scene.collector()].refuse_writes()


def slow_disk(scene: Scene) -> End:
    """Every commit of a part takes long."""
    control = scene.stack.controls[scene.ours()]
    control.set(commit_ms=scene.chance.randrange(200, 1500))
    return lambda: control.set(commit_ms=0)


def step_clock(scene: Scene) -> End:
    """A clock is set forward or back, and later right again."""
    name = scene.ours()
    control = scene.stack.controls[name]

    def step(ahead_ms: int) -> None:
        control.set(ahead_ms=ahead_ms)
        if name in scene.excuses:
            scene.excuses[name].stepped(time.time_ns() // 1_000_000, ahead_ms)

    step(scene.chance.choice([-1, 1]) * scene.chance.randrange(600, 20_000))
    return lambda: step(0)


def freeze(scene: Scene) -> End:
    """A part hangs, and goes on where it was."""
    name = scene.chance.choice([*GATEWAYS, *scene.stack.collectors, "broker"])
    thaw, began_ms = scene.stack.parts[name].freeze(), time.time_ns() // 1_000_000

    def end() -> None:
        thaw()
        if name in scene.excuses:
            scene.excuses[name].froze(began_ms, time.time_ns() // 1_000_000)

    return end


def truncate_outbox(scene: Scene) -> End:
    """While an agent is down its outbox loses its end."""
    return _damage(scene, lambda data: data[: scene.chance.randrange(len(data))])


def flip_outbox(scene: Scene) -> End:
    """While an agent is down bits of its outbox turn."""

    def flip(data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(scene.chance.choice([1, 8, 64])):
            changed[scene.chance.randrange(len(changed))] ^= 1 << scene.chance.randrange(8)
        return bytes(changed)

    return _damage(scene, flip)


def _damage(scene: Scene, change: Callable[[bytes], bytes]) -> End:
    name = scene.gateway()
    _kill_agent(scene, name)
    path = scene.stack.outbox(name)
    before = stocked(path).readings
    for suffix in scene.chance.choice([("",), ("-wal",), ("", "-wal")]):
        part = path.with_name(path.name + suffix)
        if part.exists() and (data := part.read_bytes()):
            with part.open("r+b") as file:  # in place: the disk may be full to its last page
                file.write(change(data))
                file.truncate()
    scene.excuses[name].destroyed |= before - stocked(path).readings
    return scene.stack.parts[name].start


def replay(scene: Scene) -> End:
    """Old packs come again, in any order."""
    scene.replayer.again(scene.chance)
    return _nothing


FAULTS: tuple[Callable[[Scene], End], ...] = (
    kill_agent, stop_agent, kill_collector, stop_collector, kill_meters, wipe_broker,
    shrink_broker, cut_network, deafen_network, stop_database, fill_agent_disk,
    refuse_agent_writes, fill_collector_disk, refuse_collector_writes, slow_disk, step_clock,
    freeze, truncate_outbox, flip_outbox, replay,
)  # fmt: skip
