"""Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: list[str], body: Iterable[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in body]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """One line, without what would end the cell or pass for a tag."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
