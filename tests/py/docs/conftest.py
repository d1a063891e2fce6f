"""What the tests of the documentation share: where its pages are, and the builder of the generated ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "docs"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def docs(root: Path) -> Path:
    """The folder of the documentation."""
    return root / "docs"
