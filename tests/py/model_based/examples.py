"""How many examples there are, which, and what becomes of one that fails."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

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
