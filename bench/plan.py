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
    """What the server is started with, beside what all cases have."""
    on_demand: bool = False
    """Too long for every run of the suite: only when it is named."""


def one(parameters: dict[str, Any], quick: dict[str, Any]) -> tuple[Variant, ...]:
    return (Variant("", parameters, quick),)


SHARED = (
    Case(
        "runs",
        "one-step runs, created one by one meanwhile by a second process",
        "runs",
        tuple(
            Variant(name, {"runs": runs, "callers": callers}, {"runs": 20})
            for name, runs, callers in (("one caller", 2000, 1), ("16 callers", 4000, 16))
        ),
    ),
    Case("drain", "one-step runs, created before", "runs", one({"runs": 2000}, {"runs": 20})),
    Case(
        "loop",
        "ten iterations of model step and tool step",
        "steps",
        one({"runs": 500, "iterations": 10, "result_bytes": 200}, {"runs": 3, "iterations": 2}),
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

_PARTS = (
    Case(
        "executors",
        "loops with one, two and four executors",
        "steps",
        tuple(
            Variant(
                str(count), {"executors": count, "runs": 200, "iterations": 10}, {"runs": 4, "iterations": 2}
            )
            for count in (1, 2, 4)
        ),
        module="executors",
    ),
    Case(
        "history",
        "one-step runs beside so many that have ended",
        "runs",
        tuple(
            Variant(f"{count:,}", {"history": count, "runs": 2000}, {"history": min(count, 200), "runs": 20})
            for count in (0, 100_000, 1_000_000)
        ),
        module="history",
    ),
    Case(
        "snapshot",
        "one-step runs while a snapshot is held",
        "runs",
        tuple(
            Variant(name, {"held": held, "runs": 20_000}, {"runs": 40})
            for name, held in (("not held", False), ("held", True))
        ),
        module="snapshot",
    ),
    Case(
        "snapshot_million",
        "one-step runs while a snapshot is held, a million transitions",
        "runs",
        tuple(
            Variant(name, {"held": held, "runs": 500_000}, {"runs": 40})
            for name, held in (("not held", False), ("held", True))
        ),
        module="snapshot",
        on_demand=True,
    ),
    Case(
        "enqueue",
        "creating runs",
        "runs",
        tuple(
            Variant(how, {"how": how, "runs": runs}, {"runs": 20})
            for how, runs in (
                ("one by one", 2000),
                ("in the user's transaction", 2000),
                ("bare transaction", 2000),
                ("bulk", 10_000),
            )
        ),
        module="enqueue",
    ),
    Case(
        "one_tool",
        "idle: from creation to the result of a run with one tool call",
        "calls",
        one({"calls": 200}, {"calls": 3}),
        module="one_tool",
        latency=True,
    ),
    Case(
        "growing",
        "loops at the end of long sessions",
        "steps",
        tuple(
            Variant(
                f"{messages:,} messages",
                {"messages": messages, "sessions": 16, "iterations": 20},
                {"messages": 4, "sessions": 2, "iterations": 2},
            )
            for messages in (2, 100, 1000)
        ),
        module="growing",
    ),
)

_FUNCTIONS = ("create_run", "claim_runs", "record_response", "complete_tool")
_LEVELS = ("all", "wakeups", "off")


def _function(name: str, clients: int, level: str, calls: int) -> Variant:
    return Variant(
        f"{name}, {clients} clients, notifications {level}",
        {"function": name, "clients": clients, "notifications": level, "calls": calls},
        {"calls": 16 * clients},
    )


_FUNCTIONS_ALONE = (
    Case(
        "functions",
        "hot functions alone, called by pgbench",
        "calls",
        (
            *(
                _function(name, clients, level, calls)
                for clients, calls in ((1, 1000), (8, 4000), (32, 6400), (64, 6400))
                for name, level in (
                    ("bare", "off"),
                    *((name, level) for name in _FUNCTIONS for level in _LEVELS),
                )
            ),
            *(
                _function(name, 32, level, 32_768)
                for name in ("record_responses", "complete_tools")
                for level in ("all", "wakeups")
            ),
        ),
        module="functions",
    ),
)

_WHOLE = (
    Case(
        "sdk",
        "the real SDK and the fake over sockets",
        "runs",
        tuple(
            Variant(
                name,
                {"runs": runs, "iterations": iterations, "at_once": at_once},
                {"runs": 8, "iterations": min(iterations, 2)},
            )
            for name, runs, iterations, at_once in (
                ("no tools, 16 at once", 1000, 0, 16),
                ("10 iterations, 16 at once", 64, 10, 16),
                ("no tools, one at a time", 200, 0, 1),
                ("10 iterations, one at a time", 20, 10, 1),
            )
        ),
        module="sdk",
    ),
    Case(
        "watched",
        "loops whose events nobody keeps, nobody watches, somebody watches",
        "steps",
        tuple(
            Variant(
                f"events {how}", {"runs": 100, "iterations": 10, "events": how}, {"runs": 3, "iterations": 2}
            )
            for how in ("off", "on", "watched")
        ),
        module="watched",
    ),
    Case(
        "batch",
        "runs in batch mode, the provider's second included",
        "runs",
        one({"runs": 2000}, {"runs": 20}),
        module="batch",
    ),
    Case(
        "memory",
        "runs in flight in one executor",
        "runs",
        one({"runs": 500, "delay": 45.0, "settle": 5.0}, {"runs": 20, "delay": 10.0, "settle": 0.5}),
        module="memory",
    ),
    Case(
        "idle",
        "executors with nothing to do",
        "seconds",
        tuple(
            Variant(
                f"{count:,}",
                {"executors": count, "work": False, "runs": 0, "seconds": 30},
                {"executors": min(count, 20), "seconds": 1},
            )
            for count in (1, 1000)
        ),
        module="idle",
        settings={"max_connections": "1200"},
    ),
    Case(
        "heard",
        "one run after the other, heard by so many executors",
        "runs",
        tuple(
            Variant(
                f"{count:,}",
                {"executors": count, "work": True, "runs": 100, "seconds": 0},
                {"executors": min(count, 20), "runs": 5},
            )
            for count in (1, 100, 1000)
        ),
        module="idle",
        latency=True,
        settings={"max_connections": "1200"},
    ),
)

CASES: dict[str, Case] = {case.name: case for case in (*SHARED, *_PARTS, *_FUNCTIONS_ALONE, *_WHOLE)}
