"""A run and the runs of its delegates, as a tree with sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._ids import shortened
from ._screen import Pen
from ._table import Cell, table
from ._words import STATE_STYLES, count, dollars, seconds

if TYPE_CHECKING:
    from agentpg import RunTreeNode


def tree_table(pen: Pen, nodes: Sequence[RunTreeNode]) -> str:
    """One line a run, those below it indented; tokens and cost are its own, the last line is the sum."""
    short = shortened(node.run_id for node in nodes)
    rows: list[list[Cell | str]] = [
        [
            Cell(node.agent_name or "", before=branch(pen, nodes, place)),
            Cell(node.state.value, STATE_STYLES.get(node.state.value, ())),
            short(node.run_id),
            f"{node.input_tokens + node.output_tokens:,}",
            dollars(node.cost_usd) if node.iteration_count else "",
            seconds(node.finalized_at - node.created_at) or "" if node.finalized_at else "",
            node.error_message or node.prompt or "",
        ]
        for place, node in enumerate(nodes)
    ]
    headings = ("agent", "state", "run", "tokens", "cost", "took", "task")
    shown = table(pen, headings, rows, right=(3, 4, 5))
    whole = nodes[0]
    tokens = f"{whole.total_input_tokens:,} tokens in, {whole.total_output_tokens:,} out"
    return f"{shown}\n\n{count(whole.total_runs, 'run')}: {tokens}; {dollars(whole.total_cost_usd)}"


def branch(pen: Pen, nodes: Sequence[RunTreeNode], place: int) -> str:
    """The lines before a name that show what it hangs from."""
    parts = nodes[place].path.split(".")
    drawn = ""
    for depth in range(2, len(parts) + 1):
        above, own = ".".join(parts[: depth - 1]), int(parts[depth - 1])
        more = any(node.path == f"{above}.{own + 1}" for node in nodes[place + 1 :])
        if depth == len(parts):
            drawn += pen.glyph("├─ ", "|- ") if more else pen.glyph("└─ ", "`- ")
        else:
            drawn += pen.glyph("│  ", "|  ") if more else "   "
    return drawn
