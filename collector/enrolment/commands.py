"""`cleanline enroll`: let a gateway in at the broker, with a key of its own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from collector.enrolment.certificates import now_utc
from collector.enrolment.enroll import DAYS, INSTALLED, Registry
from collector.options import DONE, data_dir, enter_audit, guarded, print_line
from plant.check import load_plant
from plant.description import Plant
from plant.errors import UsageError

ALWAYS = ("localhost", "127.0.0.1")  # the collector often runs beside the broker


def enroll_main(argv: Sequence[str]) -> int:
    """Make key, certificate and broker entries for a gateway, or take them back."""
    parser = argparse.ArgumentParser("cleanline enroll", description=enroll_main.__doc__)
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("gateway", metavar="GATEWAY", help="one of its gateways")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the broker's folder; default beside the plant file"
    )
    parser.add_argument(
        "--password", action="store_true", help="a password instead of a certificate"
    )
    parser.add_argument("--renew", action="store_true", help="replace the secret by a new one")
    parser.add_argument("--revoke", action="store_true", help="withdraw all rights of the gateway")
    parser.add_argument(
        "--host", action="append", default=[], help="another name or address of the broker"
    )
    parser.add_argument(
        "--days", type=float, default=DAYS, help=f"how long certificates are valid ({DAYS})"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of the ledger, whose audit log records it"
    )
    return guarded(lambda: _enroll(parser.parse_args(argv)))


def _enroll(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    if arguments.gateway not in plant.gateways:
        known = ", ".join(plant.gateways) or "none"
        raise UsageError(
            f"{plant.id} has no gateway {arguments.gateway!r}; the plant file names: {known}"
        )
    if arguments.out is None:  # one for all gateways, whom one authority signs
        arguments.out = arguments.plant.parent / "broker"
    try:
        done = _change(plant, arguments)
    except OSError as error:
        raise UsageError(f"{arguments.out}: {error}; look at the folder and its owner") from error
    enter_audit(data_dir(arguments.data, plant), plant, "enroll", detail=_told(arguments))
    return done


def _told(arguments: argparse.Namespace) -> str:
    """What was done, in a few words for the audit log."""
    what = "revoked" if arguments.revoke else "renewed" if arguments.renew else "let in"
    how = "" if arguments.revoke else " by password" if arguments.password else " by certificate"
    return f"{arguments.gateway} {what}{how}"


def _change(plant: Plant, arguments: argparse.Namespace) -> int:
    hosts = list(dict.fromkeys([*_host_of(plant), *arguments.host, *ALWAYS]))
    registry = Registry(arguments.out, hosts=hosts, now=now_utc(), days=arguments.days)
    if arguments.revoke:
        registry.revoke(plant.id, arguments.gateway)
        print_line(f"{arguments.gateway} of {plant.id} may nothing any more; {_reload()}")
        return DONE
    made = registry.enrol(
        plant.id, arguments.gateway, password=arguments.password, renew=arguments.renew
    )
    print_line(f"{made.user} may enter. Carry {made.folder} to the gateway, as {INSTALLED}")
    print_line(
        f"It signs its packs. Let the plant file say so, under [gateways.{arguments.gateway}]:"
    )
    print_line(f'  keys = ["{made.public_key}"]')
    if arguments.renew:
        print_line("  and the old key after it, by which its older packs are known")
    if made.is_first:
        print_line(f"The broker is {', '.join(hosts)}; its files are in {arguments.out}:")
        print_line(f"  mosquitto -c {arguments.out}/mosquitto.conf")
        print_line(f"The collector's are in {arguments.out}/collector")
    else:
        print_line(_reload())
    return DONE


def _host_of(plant: Plant) -> list[str]:
    host = urlsplit(plant.broker.url).hostname if plant.broker else None
    return [host] if host else []


def _reload() -> str:
    return "tell the broker with: systemctl reload mosquitto (or kill -HUP)"
