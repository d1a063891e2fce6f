"""The Python of a subject's environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.interpreters import NotInstallable, interpreter_for


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    return tmp_path / "product.txt"


def test_it_is_the_one_of_the_harness(requirements: Path) -> None:
    requirements.write_text("product==1.0\n")
    assert interpreter_for(requirements) == sys.executable


def test_a_newer_one_is_looked_for_where_the_requirements_ask_for_it(
    requirements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "newer"
    newer.write_text("#!/bin/sh\necho Python 3.98.1\n")
    newer.chmod(0o755)
    requirements.write_text("# python >= 3.98\nproduct==1.0\n")
    monkeypatch.setenv("BENCH_PYTHON", str(newer))
    assert interpreter_for(requirements) == str(newer)


def test_one_that_cannot_be_had_is_said_with_the_way_out(
    requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements.write_text("# python >= 3.99\nproduct==1.0\n")
    monkeypatch.delenv("BENCH_PYTHON", raising=False)
    with pytest.raises(NotInstallable, match=r"product needs Python 3\.99 or newer.*BENCH_PYTHON=path"):
        interpreter_for(requirements)
