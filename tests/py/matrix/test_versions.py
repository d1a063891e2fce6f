"""The schema and its SQL tests on every supported version of Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from agentpg.migrate import migrate, revert
from fixtures.databases import Databases
from fixtures.pgtap_plugin import TOLD, ran_in
from fixtures.postgres import Server
from fixtures.tap import TapFailure, connect_for_tap, run_tap_file
from fixtures.versions import VERSIONS, fetch

PGTAP = Path(__file__).resolve().parents[2] / "pgtap"


@pytest.fixture(
    params=[pytest.param(major, marks=pytest.mark.needs("pgtap", f"postgres-{major}")) for major in VERSIONS],
    ids=lambda major: f"postgres_{major}",
)
def version(request: pytest.FixtureRequest) -> Iterator[Databases]:
    bin_dir = fetch(request.param)
    assert isinstance(bin_dir, Path), bin_dir
    with Server(bin_dir) as server:
        assert server.version == request.param
        yield Databases(server)


@pytest.mark.timeout(180)
def test_the_schema_deploys_passes_its_sql_tests_and_reverts(
    version: Databases, server: Server, request: pytest.FixtureRequest
) -> None:
    """Where the session itself runs every SQL test on this version, they are not run a second time here."""
    files = sorted(path for path in PGTAP.glob("*/*.sql") if not path.parent.name.startswith("_"))
    assert files
    failures: list[str] = []
    if version.server.version != server.version or not set(files) <= ran_in(request.session):
        failures = run_all(version, files)
    else:
        said = (
            f"Postgres {server.version}: deployed and reverted; its SQL tests are tests/pgtap of this session"
        )
        request.node.user_properties.append((TOLD, said))
    assert not failures, "\n".join(["", *failures])

    reverted = version.bare()
    migrate(reverted.dsn)
    revert(reverted.dsn)
    with reverted.connect() as conn:
        left = conn.execute("select nspname from pg_namespace where nspname = 'agentpg'").fetchall()
    assert left == []


def run_all(version: Databases, files: list[Path]) -> list[str]:
    failures: list[str] = []
    database = version.with_pgtap()
    with connect_for_tap(database.dsn) as conn:
        for file in files:
            try:
                run_tap_file(conn, file)
            except TapFailure as failure:
                failures.append(str(failure))
    return failures
