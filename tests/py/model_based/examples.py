"""How many examples there are, which, and what becomes of one that fails."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from hypothesis import HealthCheck, Phase, seed, settings

# What draws one set of examples: the decorator of its seed, and its settings.
ExampleSet = tuple[Callable[..., Callable[..., object]], settings]

_ASKED = os.environ.get("AGENTPG_MODEL", "")
DEEP = _ASKED == "deep"


def profile(usual: int, deep: int, steps: int) -> settings:
    """The usual examples are always the same ones; the deep are others each time.

    The first of the usual ones that fails is shown as it is, within the time of a test. To look for a shorter
    one takes many times longer: AGENTPG_MODEL=shrink or deep does, unless AGENTPG_MODEL_FIRST is set.
    """
    shrinks = _ASKED in ("deep", "shrink") and not os.environ.get("AGENTPG_MODEL_FIRST")
    return settings(
        derandomize=not DEEP,
        database=None,
        deadline=None,
        max_examples=int(os.environ.get("AGENTPG_MODEL_EXAMPLES", str(deep if DEEP else usual))),
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        phases=list(Phase) if shrinks else [Phase.generate],
        print_blob=DEEP,
        report_multiple_bugs=False,
    )


def time_limit(usual: int) -> int:
    """The seconds of a test."""
    return 36_000 if _ASKED in ("deep", "shrink") else usual


def example_sets(examples: settings, tally: Counter[str], wanted: Collection[str]) -> Iterator[ExampleSet]:
    """The examples, and three further sets of a third when they left out something that is wanted.

    Which ones a seed stands for is another matter in each version of Hypothesis: that one set of them meets
    everything holds for the version at hand only.
    """
    for nth in range(4):
        count = examples.max_examples // (3 if nth else 1)
        yield seed(secrets.randbits(64) if DEEP else nth), settings(examples, max_examples=max(count, 1))
        if not (missed := [what for what in wanted if not tally[what]]):
            return
    raise AssertionError(f"the examples never reached {missed}")
