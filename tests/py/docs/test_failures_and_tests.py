"""docs/failures-and-tests.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def existing_tests() -> set[str]:
    functions = {
        name
        for path in (ROOT / "tests" / "py").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    return functions | {path.stem for path in (ROOT / "tests" / "pgtap").rglob("*.sql")}


def test_every_test_it_names_exists() -> None:
    page = (ROOT / "docs" / "failures-and-tests.md").read_text(encoding="utf-8")
    rows = [
        line.split("|")[3] for line in page.splitlines() if line.startswith("| ") and "held by" not in line
    ]
    named = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert len(named) > 30
    assert sorted(named - existing_tests()) == []


def test_every_failure_has_a_test() -> None:
    page = (ROOT / "docs" / "failures-and-tests.md").read_text(encoding="utf-8")
    rows = [
        line
        for line in page.splitlines()
        if line.startswith("| ") and not line.startswith(("| there", "| ---"))
    ]
    assert [row for row in rows if "`" not in row.split("|")[3]] == []
