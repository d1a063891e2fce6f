"""Delays that grow and differ from one process to the next."""

from __future__ import annotations

import random


def backoff(attempt: int, *, first: float, ceiling: float) -> float:
    """Seconds before try number `attempt` (from 0): doubling up to `ceiling`, less up to half by chance."""
    # min() on the exponent keeps the power small however long the outage lasts.
    full = min(ceiling, first * 2.0 ** min(attempt, 32))
    return full * random.uniform(0.5, 1.0)


def jittered(seconds: float) -> float:
    """`seconds`, give or take a fifth."""
    return seconds * random.uniform(0.8, 1.2)
