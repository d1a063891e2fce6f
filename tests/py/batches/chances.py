"""What the provider does at random: refuses calls, tears downloads, and leaves requests unanswered."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from agentpg_executor.testing import (
    FakeClaude,
    FakeRequest,
    Turn,
    call,
    canceled,
    cut,
    drop,
    expired,
    fault,
    lost,
    reset,
    text,
)

ITEMS: dict[str, Callable[[], Turn]] = {
    "errored 500": lambda: fault(500),
    "errored 529": lambda: fault(529),
    "expired": expired,
    "canceled": canceled,
}
REFUSALS: dict[str, Callable[[], Turn]] = {
    "429": lambda: fault(429, retry_after=0.1),
    "500": lambda: fault(500),
    "529": lambda: fault(529, retry_after=0),
    "reset": reset,
    "closed": drop,
}
CALLS: dict[str, dict[str, Callable[[], Turn]]] = {
    "create": {**REFUSALS, "accepted, answer lost": lost, "413": lambda: fault(413)},
    "retrieve": REFUSALS,
    "list": REFUSALS,
    "results": {**REFUSALS, "torn": lambda: cut(after=7), "torn, reset": lambda: reset(after=40)},
}


@dataclass
class Provider:
    """Answers requests of three turns; `troubles` says whether with faults."""

    fake: FakeClaude
    chance: random.Random
    turns: int
    troubles: bool = True
    told: Counter[str] = field(default_factory=Counter[str])

    def answer(self, request: FakeRequest) -> Turn:
        """The turn for one request of a batch. One in ten is not answered, at no cost."""
        if self.troubles and self.chance.random() < 0.1:
            kind = self.chance.choice(list(ITEMS))
            self.told[f"request {kind}"] += 1
            return ITEMS[kind]()
        if request.position < self.turns - 1:
            return call("step", n=request.position + 1)
        return text("Done.")

    def trouble_a_call(self) -> None:
        """One of the next calls of some kind fails."""
        kind = self.chance.choice(list(CALLS))
        how = self.chance.choice(list(CALLS[kind]))
        self.told[f"{kind} {how}"] += 1
        self.fake.fail(f"batches.{kind}", CALLS[kind][how](), skip=self.chance.randrange(2))
