"""How passwords are kept, and how often one may guess."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from dashboards.access import passwords
from dashboards.access.throttle import MOST_KEYS, Throttle
from plant.errors import UsageError


@pytest.mark.slow
def test_hashes_have_the_cost_that_rfc_9106_names(monkeypatch: pytest.MonkeyPatch) -> None:
    real = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
    monkeypatch.setattr(passwords, "_hasher", real)
    known = passwords.hash_password("twelve letters")
    found = extract_parameters(known)
    assert (found.memory_cost, found.time_cost, found.parallelism) == (65536, 3, 4)
    assert known.startswith("$argon2id$")
    assert passwords.is_right("twelve letters", known)
    assert not passwords.is_right("twelve Letters", known)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(UsageError, match="12 or more"):
        passwords.hash_password("eleven char")


def test_without_an_account_no_password_is_right() -> None:
    assert not passwords.is_right("a long enough password", None)
    assert not passwords.is_right("a long enough password", "not a hash")


def test_failures_are_forgotten_one_by_one_as_they_grow_old() -> None:
    now = [0]
    throttle = Throttle(2, lambda: now[0], window_ms=100)
    throttle.fail("a")
    now[0] = 60
    throttle.fail("a")
    assert (throttle.wait_ms("a"), throttle.wait_ms("b")) == (40, 0)
    now[0] = 100
    assert throttle.wait_ms("a") == 0
    throttle.fail("a")
    assert throttle.wait_ms("a") == 60
    throttle.forgive("a")
    assert throttle.wait_ms("a") == 0


def test_the_memory_of_failures_is_bounded() -> None:
    throttle = Throttle(1, lambda: 0)
    for i in range(MOST_KEYS + 1):
        throttle.fail(str(i))
    assert throttle.wait_ms("0") == 0
    assert throttle.wait_ms(str(MOST_KEYS)) > 0
