"""The tables, as text in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .plan import CASES
from .summary import Row, Spread, rows

_HEAD = [
    "", "per second", "ours is", "CPU ms: own + Postgres", "commits", "writing", "statements", "WAL B",
    "stored B",
    "HOT", "pgbench tps", "others' cores", "n",
]  # fmt: skip


def tables(document: dict[str, Any]) -> str:
    """All cases of a run of the suite: one heading and one table each."""
    every = rows(document["results"])
    names = dict.fromkeys(row.case for row in every)
    made = [_case(name, [row for row in every if row.case == name]) for name in names]
    return "\n\n".join(made) + "\n"


def _case(name: str, given: list[Row]) -> str:
    case = CASES.get(name)
    unit = case.unit if case else "items"
    title = f"### `{name}`: {case.title if case else name}\n\nCosts are for each of the {unit}."
    parts = [title, _table(_HEAD, [_costs(row) for row in given if row.rate is not None])]
    if any(row.latencies for row in given):
        parts.append(
            _table(
                ["", "milliseconds to", "p50", "p95", "p99", "most", "n"],
                [
                    [
                        _label(row),
                        what,
                        *(f"{at[key]:,.1f}" for key in ("p50", "p95", "p99", "most")),
                        f"{at['count']:.0f}",
                    ]
                    for row in given
                    for what, at in row.latencies.items()
                    if at["count"]
                ],
            )
        )
    if any(row.figures for row in given):
        names = list(dict.fromkeys(key for row in given for key in row.figures))
        parts.append(
            _table(
                ["", *names],
                [
                    [_label(row), *(_spread(row.figures.get(key)) for key in names)]
                    for row in given
                    if row.figures
                ],
            )
        )
    notes = [f"- {_label(row)}: {row.note}" for row in given if row.note]
    if notes:
        parts.append("\n".join(notes))
    return "\n\n".join(part for part in parts if part)


def _costs(row: Row) -> list[str]:
    cost = row.per_item
    apart = f" ({cost['apart_cpu']:.2f} apart)" if cost.get("apart_cpu") else ""
    return [
        _label(row),
        _spread(row.rate),
        "" if row.ratio is None else f"{row.ratio:.2f} x",
        f"{cost.get('subject_cpu', 0):.2f} + {cost.get('server_cpu', 0):.2f}{apart}",
        _number(cost.get("transactions")),
        _number(cost.get("written_transactions")),
        _number(cost.get("statements")),
        _number(cost.get("wal_bytes")),
        _number(cost.get("stored_bytes")),
        "" if row.hot_share is None else f"{row.hot_share:.0%}",
        _spread(row.calibration),
        f"{row.others_cores:.2f}",
        str(row.repetitions),
    ]


def _label(row: Row) -> str:
    return f"{row.subject} {row.variant}".strip()


def _number(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.least == spread.most:
        return _number(spread.median)
    return f"{_number(spread.median)} ({_number(spread.least)}-{_number(spread.most)})"


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    if not body:
        return ""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
