"""pg_prove, which drives psql, comes to the same verdict as the runner of these tests.

That runs every file. Here a sample suffices, of every folder each tenth file; `PG_PROVE=all` takes all.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from fixtures.databases import Databases

ROOT = Path(__file__).resolve().parents[3]
STEP = 1 if os.environ.get("PG_PROVE") == "all" else 10


def chosen() -> list[str]:
    folders = sorted(
        folder for folder in (ROOT / "tests" / "pgtap").glob("*/") if not folder.name.startswith("_")
    )
    return [
        str(path.relative_to(ROOT)) for folder in folders for path in sorted(folder.glob("*.sql"))[::STEP]
    ]


@pytest.mark.needs("pg_prove", "psql", "pgtap")
@pytest.mark.timeout(180)
def test_pg_prove_passes_what_passes_here(databases: Databases) -> None:
    database, server = databases.with_pgtap(), databases.server
    files = chosen()
    assert files
    said = subprocess.run(
        [
            "pg_prove",
            "--host",
            str(server.socket_folder),
            "--username",
            "postgres",
            "--dbname",
            database.name,
            *files,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
    )
    databases.drop(database)
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"Files={len(files)}, " in said.stdout
    assert "Result: PASS" in said.stdout
