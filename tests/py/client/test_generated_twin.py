"""The synchronous client is generated from the asynchronous one."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from agentpg import AsyncClient, Client

PYTHON_CLIENT = Path(__file__).parents[3] / "python_client"


def generate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(folder / "async_to_sync.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The generator, its source and its result, in a folder of their own."""
    shutil.copy(PYTHON_CLIENT / "async_to_sync.py", tmp_path)
    for folder in ("_async", "_sync"):
        shutil.copytree(PYTHON_CLIENT / "agentpg" / folder, tmp_path / "agentpg" / folder)
    return tmp_path


def test_the_synchronous_client_is_what_the_generator_makes() -> None:
    result = generate(PYTHON_CLIENT, "--check")
    assert result.returncode == 0, result.stderr


def test_check_fails_when_the_generated_code_was_edited(copy: Path) -> None:
    edited = copy / "agentpg" / "_sync" / "runs.py"
    edited.write_text(edited.read_text() + "# edited\n")
    result = generate(copy, "--check")
    assert result.returncode == 1
    assert "runs.py" in result.stderr
    assert edited.read_text().endswith("# edited\n"), "--check writes nothing"


def test_check_fails_when_the_source_was_edited_alone(copy: Path) -> None:
    source = copy / "agentpg" / "_async" / "sessions.py"
    source.write_text(source.read_text().replace("max_count: int = 100", "max_count: int = 50"))
    assert generate(copy, "--check").returncode == 1
    assert generate(copy).returncode == 0
    assert generate(copy, "--check").returncode == 0
    assert "max_count: int = 50" in (copy / "agentpg" / "_sync" / "sessions.py").read_text()


def test_a_generated_file_without_a_source_is_reported_and_removed(copy: Path) -> None:
    stray = copy / "agentpg" / "_sync" / "stray.py"
    stray.write_text("")
    assert "stray.py" in generate(copy, "--check").stderr
    generate(copy)
    assert not stray.exists()


def test_the_generator_refuses_what_it_has_no_rule_for(copy: Path) -> None:
    (copy / "agentpg" / "_async" / "odd.py").write_text(
        "import asyncio\n\n\nasync def f():\n    await asyncio.sleep(1)\n"
    )
    result = generate(copy)
    assert result.returncode != 0
    assert "odd.py" in result.stderr


def test_comments_and_docstrings_survive_and_follow_the_names() -> None:
    calls = (PYTHON_CLIENT / "agentpg" / "_sync" / "calls.py").read_text()
    assert "# A cursor of our own class" in calls
    client = (PYTHON_CLIENT / "agentpg" / "_sync" / "client.py").read_text()
    assert "with Client() as client:" in client
    assert "async" not in client.split('"""')[3]


def test_both_clients_have_the_same_methods_and_arguments() -> None:
    def surface(client: type[object]) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(member).parameters)
            for name, member in inspect.getmembers(client, callable)
            if not name.startswith("_")
        }

    assert surface(Client) == surface(AsyncClient)


def test_every_generated_file_says_so() -> None:
    for path in (PYTHON_CLIENT / "agentpg" / "_sync").glob("*.py"):
        assert path.read_text().startswith(f"# Generated from agentpg/_async/{path.name} "), path
        assert "do not edit" in path.read_text().splitlines()[0]
