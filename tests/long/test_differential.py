"""Random queries over random records come to the same in batches, one by one, and with restarts between.

`CLICKSTREAM_FUZZ_MINUTES` says for how long, with new seeds each time; else the first seeds, so that a run is red for what
changed only, and those that differed once. The seed is part of a failure.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.fuzz.differential import Difference, check, run

SEEDS = 600
DIFFERED = (636, 1548, 2086)
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def test_all_ways_agree() -> None:
    minutes = os.environ.get("CLICKSTREAM_FUZZ_MINUTES")
    first = random.randrange(10**9) if minutes else 1
    found: list[Difference] = []
    if minutes:
        assert run(60 * float(minutes), first, found.append)["run"] > 0
    else:
        made = [check(seed) for seed in (*range(first, first + SEEDS), *DIFFERED)]
        assert sum(each is not None for each in made) > SEEDS // 2
        found = [difference for each in made for difference in each or ()]
    assert found == [], "\n".join(map(str, [f"seeds from {first}", *found[:3]]))


def test_a_difference_is_told_with_its_seed() -> None:
    told = str(Difference(7, "CREATE STREAM O ...", "a batch", [(1, (2,), 3, None)], []))
    assert told.startswith("seed 7: a batch differs in result 0 of 1 and 0")


def test_most_queries_are_not_refused() -> None:
    made = [check(seed) for seed in range(12)]
    assert len([each for each in made if each is not None]) > 8
