"""What is not run is told by name, and is a failure in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_TESTS = """
import pytest
from pytest import skip

@pytest.mark.needs("pgtap")
def test_wants_pgtap():
    assert True

def test_skips_itself():
    skip("no reason")

def test_runs():
    assert True
"""
_CONFTEST = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
pytest_plugins = ["fixtures.needs"]
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of which one test lacks a package and one skips itself."""
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(_TESTS)
    monkeypatch.setenv("PGTAP_SQL", "/nowhere/pgtap.sql")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("CI", raising=False)
    return pytester


def test_each_part_is_named_with_its_reason(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*not run*", "1 not run: Skipped: no reason", "  *::test_skips_itself"])
    result.stdout.fnmatch_lines(["1 not run: pgtap.sql not found*", "  *::test_wants_pgtap"])


def test_in_ci_the_session_fails(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_subprocess()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["CI=true: what is not run counts as failed."])


def test_in_ci_a_session_in_which_all_ran_passes(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_subprocess("-k", "test_runs")
    assert result.ret == 0
