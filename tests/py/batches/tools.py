"""The tool of the workers: done at once, so that nothing but the batches takes time."""

from __future__ import annotations

from agentpg_executor.tools import tool


@tool
def step(n: int) -> str:
    """Takes a step."""
    return f"step {n} is taken"
