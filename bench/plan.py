"""The cases: what each is given, in which variants, and who takes part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Variant:
    """One set of parameters of a case. `name` tells variants apart, and is empty where there is one."""

    name: str
    parameters: dict[str, Any]
    quick: dict[str, Any]
    """Parameters that differ when all shall be over in seconds."""

    def given(self, quick: bool) -> dict[str, Any]:
        return {**self.parameters, **(self.quick if quick else {})}


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    unit: str
    """What an item is."""
    variants: tuple[Variant, ...]
    module: str | None = None
    """A case of our own: the module in bench/cases. None: one for all subjects."""
    latency: bool = False
    """The figure is a time in milliseconds, and less is better."""
    settings: dict[str, str] = field(default_factory=dict[str, str])


def one(parameters: dict[str, Any], quick: dict[str, Any]) -> tuple[Variant, ...]:
    return (Variant("", parameters, quick),)


SHARED = (
    Case("runs", "one-step runs, created one by one meanwhile", "runs", one({"runs": 2000}, {"runs": 20})),
    Case("drain", "one-step runs, created before", "runs", one({"runs": 2000}, {"runs": 20})),
    Case(
        "loop",
        "ten iterations of model step and tool step",
        "steps",
        one({"runs": 200, "iterations": 10, "result_bytes": 200}, {"runs": 3, "iterations": 2}),
    ),
    Case(
        "latency",
        "idle: from creation to the step and to the result",
        "calls",
        tuple(
            Variant(settings, {"calls": calls, "settings": settings}, {"calls": 3})
            for settings, calls in (("tuned", 200), ("default", 25))
        ),
        latency=True,
    ),
    Case(
        "backlog",
        "the first 1,000 of what is pending",
        "runs",
        tuple(
            Variant(f"{pending:,}", {"pending": pending, "drain": 1000}, {"pending": quick, "drain": 20})
            for pending, quick in ((1000, 20), (200_000, 100))
        ),
    ),
)

CASES: dict[str, Case] = {case.name: case for case in SHARED}
