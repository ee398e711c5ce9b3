"""Whatever bytes come, a reader answers or refuses in a sentence."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plant.errors import CleanlineError
from tests.fuzz.__main__ import NAMES
from tests.fuzz.targets import TARGETS

EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=6)), min_size=1, max_size=8
)


def edited(seed: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """A seed with some bytes put in, some cut out."""
    content = seed
    for where, cut, put in edits:
        at = int(where * len(content))
        content = content[:at] + put + content[at + cut :]
    return content


def test_every_target_is_fuzzed_and_takes_its_seeds() -> None:
    assert tuple(TARGETS) == NAMES
    for name, target in TARGETS.items():
        for seed in target.seeds:
            if name != "evidence":  # a whole one is made in tests/collector/evidence
                target.read(seed)


# What `make fuzz` once found.
FOUND = [("senml", b'[{"bn":0.0,"v":5.5},{".":"x"}]'), ("answer", b'{"meters":{},"time":1e999}')]


@pytest.mark.parametrize(("name", "content"), FOUND)
def test_what_once_broke_a_reader_is_refused(name: str, content: bytes) -> None:
    with contextlib.suppress(CleanlineError):
        TARGETS[name].read(content)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_bytes_break_a_reader(name: str, data: st.DataObject) -> None:
    target = TARGETS[name]
    seed = data.draw(st.sampled_from([*target.seeds, b""]))
    content = edited(seed, data.draw(EDITS))
    with contextlib.suppress(CleanlineError):
        target.read(content)
