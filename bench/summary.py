"""Repetitions made into one row: medians, ranges, costs per item, and ratios to ours."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

OURS = "agentpg"


@dataclass(frozen=True)
class Spread:
    """The middle of the repetitions, and what was least and most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        given = sorted(values)
        return cls(statistics.median(given), given[0], given[-1])


@dataclass
class Row:
    """One subject in one variant of one case."""

    case: str
    variant: str
    subject: str
    repetitions: int
    rate: Spread | None = None
    seconds: Spread | None = None
    calibration: Spread | None = None
    latencies: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    per_item: dict[str, float] = field(default_factory=dict[str, float])
    """Transactions, statements, wal_bytes, stored_bytes, server_ms, subject_ms and such, for each item."""
    figures: dict[str, Spread] = field(default_factory=dict[str, Spread])
    memory: float = 0.0
    hot_share: float | None = None
    others_cores: float = 0.0
    note: str = ""
    ratio: float | None = None
    """Ours through theirs, by rate or by the median of the result's latency: above 1, ours is faster."""


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99, the most and how many, of raw values."""
    ordered = sorted(values)
    if not ordered:
        return {"count": 0.0}

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]

    return {
        "p50": statistics.median(ordered),
        "p95": at(0.95),
        "p99": at(0.99),
        "most": ordered[-1],
        "count": float(len(ordered)),
    }


def rows(results: Iterable[dict[str, Any]]) -> list[Row]:
    """In the order in which they came, with ratios."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for result in results:
        groups.setdefault((result["case"], result["variant"], result["subject"]), []).append(result)
    made = {key: _row(*key, given) for key, given in groups.items()}
    for (case, variant, _), row in made.items():
        row.ratio = _ratio(made.get((case, variant, OURS)), row)
    return list(made.values())


def _row(case: str, variant: str, subject: str, given: list[dict[str, Any]]) -> Row:
    done = [result for result in given if "seconds" in result]
    row = Row(case, variant, subject, len(done))
    notes = [result.get("note") or result.get("cannot") or result.get("failed") or "" for result in given]
    row.note = "; ".join(dict.fromkeys(_first_line(note) for note in notes if note))
    if not done:
        return row
    row.rate = Spread.of(result["rate"] for result in done)
    row.seconds = Spread.of(result["seconds"] for result in done)
    row.calibration = Spread.of(result["calibration"] for result in done)
    row.memory = max(result["peak_memory"] for result in done)
    row.others_cores = statistics.median(result["counters"]["others_cores"] for result in done)
    shares = [share for result in done if (share := result["counters"]["hot_share"]) is not None]
    row.hot_share = statistics.median(shares) if shares else None
    row.latencies = {
        name: {
            key: statistics.median(result["latencies_ms"][name][key] for result in done)
            for key in done[0]["latencies_ms"][name]
        }
        for name in done[0]["latencies_ms"]
    }
    row.figures = {
        name: Spread.of(result["figures"][name] for result in done if name in result["figures"])
        for name in done[0]["figures"]
    }
    for name, scale in _COSTS.items():
        values = [_cost(result, name) for result in done]
        known = [value for value in values if value is not None]
        if known:
            row.per_item[name] = statistics.median(known) * scale
    return row


_COSTS = {
    "transactions": 1.0,
    "written_transactions": 1.0,
    "statements": 1.0,
    "wal_bytes": 1.0,
    "stored_bytes": 1.0,
    "server_cpu": 1000.0,
    "subject_cpu": 1000.0,
    "apart_cpu": 1000.0,
}


def _cost(result: dict[str, Any], name: str) -> float | None:
    value = result["counters"].get(name)
    if name == "apart_cpu":
        value = sum(value.values())
    return None if value is None or not result["items"] else value / result["items"]


def _ratio(ours: Row | None, row: Row) -> float | None:
    if ours is None or ours is row or ours.rate is None or row.rate is None:
        return None
    if "result" in ours.latencies and "result" in row.latencies:
        return row.latencies["result"]["p50"] / ours.latencies["result"]["p50"]
    return ours.rate.median / row.rate.median if row.rate.median else None


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:200]
