"""The collector as a process: from its options to its end."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from collector.custody.archive import Archive
from collector.lease import DERIVE_LOCK, Lease, claim
from collector.ledger import Ledger
from collector.options import (
    DONE,
    broker_of,
    data_dir,
    load_plants,
    print_json,
)
from collector.service import Collector
from collector.store import open_store
from plant.ending import be_gone_soon, hear_end
from plant.errors import UsageError
from plant.garbage import sweep_seldom
from plant.logs import begin_logging

# What one thread may hold up another, of those that compute; Python's own 5 ms add up in a commit.
SWITCH_S = 0.001
Serve = Callable[[Collector, argparse.Namespace], Callable[[], None]]


def run(arguments: argparse.Namespace, serve: Serve | None) -> int:
    """Run the collector until SIGTERM or Ctrl-C."""
    begin_logging(arguments.log)
    sys.setswitchinterval(SWITCH_S)
    os.umask(0o077)  # what it writes is for its own user alone
    plants = load_plants(arguments.plants)
    broker = broker_of(arguments.broker, list(plants.values()))
    data = data_dir(arguments.data, next(iter(plants.values())))
    if arguments.share and arguments.store is None:
        raise UsageError("collector --share: the embedded store has one writer; give --store too")
    held = claim(data, shared=arguments.share)
    ledger = Ledger(data)
    store = open_store(arguments.store, data)
    derives = Lease(data / DERIVE_LOCK) if arguments.share else None
    archive = Archive(data, int(arguments.packs_gib * 2**30)) if arguments.packs_gib > 0 else None
    collector = Collector(
        plants, store, ledger=ledger, broker=broker, derives=derives, archive=archive
    )
    stopped = _hear_signals()
    # Before a pack is taken in: what gateways have been told is stored must not lie where no
    # collector stays, as after a start that fails because the port is taken.
    try:
        end_serving = serve(collector, arguments) if serve else None
    except BaseException:
        store.close()
        ledger.close()
        held.release()
        raise
    try:
        collector.start()
        sweep_seldom()
        stopped.wait()
    finally:
        be_gone_soon()
        if end_serving:
            end_serving()
        collector.stop()
        held.release()
    if arguments.json:
        print_json(collector.counts())
    _leave()


def _hear_signals() -> threading.Event:
    """What is set once SIGTERM or SIGINT came; from then on the process has seconds to end."""
    stopped = threading.Event()

    def stop(_: int) -> None:
        be_gone_soon()
        stopped.set()

    hear_end(stop)
    return stopped


def _leave() -> NoReturn:
    """End the process at once.

    Python's own end closes the connections of threads that may still wait in them for a lock of
    somebody else, and so waits as long as they.
    """
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    logging.shutdown()
    os._exit(DONE)
