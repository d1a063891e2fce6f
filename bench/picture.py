"""The rates and latencies as bars, in one SVG on a white ground: no scripts, no fonts of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from .plan import CASES
from .summary import OURS, Row, rows

WIDTH, LABEL, BAR, GAP, TOP = 860, 230, 16, 4, 30
_COLOURS = {True: "#2563eb", False: "#94a3b8"}


def svg(document: dict[str, Any]) -> str:
    """One group of bars for each case and variant; the longest bar of a group is its largest figure."""
    groups = _groups(rows(document["results"]))
    parts: list[str] = []
    y = TOP
    for title, bars in groups:
        parts.append(_text(10, y, title, bold=True))
        y += 10
        most = max(value for _, value, _ in bars) or 1.0
        for row, value, label in bars:
            length = max(1.0, (WIDTH - LABEL - 190) * value / most)
            ours = row.subject == OURS
            parts.append(_text(LABEL - 8, y + BAR - 4, _name(row, bars), end=True))
            parts.append(
                f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{_COLOURS[ours]}"/>'
            )
            parts.append(_text(LABEL + length + 6, y + BAR - 4, label))
            y += BAR + GAP
        y += 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


Bar = tuple[Row, float, str]


def _groups(every: list[Row]) -> list[tuple[str, list[Bar]]]:
    made: list[tuple[str, list[Bar]]] = []
    for name in dict.fromkeys(row.case for row in every):
        case = CASES.get(name)
        given = [row for row in every if row.case == name and row.rate is not None]
        title = case.title if case else name
        if case is not None and case.module is not None:
            bars = [_bar(row) for row in given]
            if bars:
                made.append((f"{title} ({case.unit}/s)", bars))
            continue
        for variant in dict.fromkeys(row.variant for row in given):
            bars = sorted((_bar(row) for row in given if row.variant == variant), key=lambda bar: -bar[1])
            unit = "ms, median and p99; less is better" if any(bar[0].latencies for bar in bars) else None
            words = [title, *([variant] if variant else [])]
            made.append((f"{', '.join(words)} ({unit or f'{case.unit if case else name}/s'})", bars))
    return made


def _bar(row: Row) -> Bar:
    result = row.latencies.get("result")
    if result:
        return row, result["p50"], f"{result['p50']:,.1f} ({result['p99']:,.1f})"
    assert row.rate is not None
    rate = row.rate
    return row, rate.median, f"{rate.median:,.0f} ({rate.least:,.0f}-{rate.most:,.0f})"


def _name(row: Row, bars: Sequence[Bar]) -> str:
    return row.subject if len({bar[0].subject for bar in bars}) > 1 else row.variant or row.subject


def _text(x: float, y: float, text: str, *, bold: bool = False, end: bool = False) -> str:
    style = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    return f'<text x="{x:.1f}" y="{y}" fill="#0f172a"{style}>{escape(text)}</text>'
