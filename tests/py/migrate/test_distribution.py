"""What is built carries the SQL, byte for byte."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from agentpg.migrate import Project

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of this tree, and the wheel made from the sdist."""
    folder = tmp_path_factory.mktemp("built")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    sdist = next(folder.glob("*.tar.gz"))
    subprocess.run(["tar", "-xzf", sdist, "-C", folder], check=True)
    unpacked = sdist.with_name(sdist.name.removesuffix(".tar.gz"))
    subprocess.run([*build, "-t", "wheel"], cwd=unpacked, check=True, capture_output=True)
    return folder


def test_the_wheel_carries_the_plan_and_every_script(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(built / "wheel")
    packed = built / "wheel" / "agentpg" / "_sql"
    theirs = Project.load(packed / "sqitch.plan", packed)
    ours = Project.packaged()
    assert [change.id for change in theirs.plan.changes] == [change.id for change in ours.plan.changes]
    for change in ours.plan.changes:
        assert theirs.script_hash(change) == ours.script_hash(change)
        for kind in ("revert", "verify"):
            assert theirs.path(kind, change).read_bytes() == ours.path(kind, change).read_bytes()


def test_the_wheel_is_typed_licensed_and_has_its_entry_points(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        said = wheel.read(entry_points).decode()
    assert {"agentpg/py.typed", "agentpg_executor/py.typed"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests", "docs", "sql")) for name in names)
    assert "agentpg = agentpg_executor.cli:main" in said
    assert "agentpg = agentpg_executor.testing.plugin" in said


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("tool", "pydantic", "executor"),
        ("Executor", "anthropic", "executor"),
        ("FakeClaude", "aiohttp", "testing"),
    ],
)
def test_a_name_whose_extra_is_missing_says_what_to_install(name: str, package: str, extra: str) -> None:
    """`None` in sys.modules is how Python marks a package that cannot be imported."""
    code = f"import sys; sys.modules[{package!r}] = None; import agentpg_executor; agentpg_executor.{name}"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"pip install 'agentpg[{extra}]'" in answer.stderr.splitlines()[-1]


def test_the_pytest_plugin_does_no_harm_in_a_bare_install() -> None:
    code = "import sys; sys.modules['aiohttp'] = None; import agentpg_executor.testing.plugin"
    subprocess.run([sys.executable, "-c", code], check=True)
