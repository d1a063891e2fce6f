"""Fixtures of every test. What they promise is in the modules of tests/py/fixtures."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "py"))

pytest_plugins = [
    "fixtures.needs",
    "fixtures.coverage",
    "fixtures.plugin",
    "fixtures.pgtap_plugin",
    "fixtures.workers",
    "fixtures.distribution",
]
