"""What `import agentpg` costs."""

from __future__ import annotations

import subprocess
import sys


def modules_after(statement: str) -> set[str]:
    program = f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    result = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_agentpg_imports_neither_the_executor_nor_its_dependencies() -> None:
    loaded = modules_after("import agentpg, agentpg.executor_calls")
    assert "psycopg" in loaded
    assert not loaded & {"anthropic", "pydantic", "httpx", "aiohttp", "docstring_parser", "agentpg_executor"}


def test_every_exported_name_exists() -> None:
    modules_after("from agentpg import *")
