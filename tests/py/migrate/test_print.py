"""The printed script does what a migration does, for teams whose tool runs psql."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from agentpg.migrate import MigrationError, migrate, script, status
from fixtures.databases import Database

from .conftest import Tree, deployed, dump, registry

pytestmark = pytest.mark.needs("psql")


def psql(database: Database, text: str, folder: Path, *, stop: bool = True, fails: bool = False) -> str:
    path = folder / "script.sql"
    path.write_text(text)
    shipped = database.server.bin_dir / "psql"
    answer = subprocess.run(
        [
            str(shipped) if shipped.exists() else "psql",
            "-X",
            "-q",
            *(["-v", "ON_ERROR_STOP=1"] if stop else []),
            "-f",
            str(path),
            database.dsn,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode != 0) is fails, answer.stderr
    return answer.stderr


def test_psql_and_the_printed_script_give_the_same_database(
    tree: Tree, two_databases: tuple[Database, Database], tmp_path: Path
) -> None:
    printed, migrated = two_databases
    psql(printed, script(project=tree.project), tmp_path)
    migrate(migrated, project=tree.project)
    assert registry(printed) == registry(migrated)
    assert dump(printed) == dump(migrated)
    assert status(printed, project=tree.project).up_to_date


def test_a_script_can_begin_and_end_anywhere(
    nasty: Tree, two_databases: tuple[Database, Database], tmp_path: Path
) -> None:
    printed, migrated = two_databases
    psql(printed, script(project=nasty.project, to="@v1"), tmp_path)
    migrate(printed, project=nasty.project, to="@v2")
    psql(printed, script(project=nasty.project, since="@v2", verify=False), tmp_path)
    migrate(migrated, project=nasty.project)
    assert registry(printed) == registry(migrated)
    assert dump(printed) == dump(migrated)


@pytest.mark.parametrize("stop", [True, False], ids=["stopping_at_errors", "going_on_after_errors"])
def test_a_script_run_twice_changes_nothing(
    small_tree: Tree, bare_database: Database, tmp_path: Path, stop: bool
) -> None:
    text = script(project=small_tree.project)
    psql(bare_database, text, tmp_path)
    before = registry(bare_database)
    said = psql(bare_database, text, tmp_path, stop=stop, fails=stop)
    assert "one is deployed in an empty project, and this database is elsewhere" in said
    assert registry(bare_database) == before


def test_a_script_for_another_state_stops_before_it_does_anything(
    small_tree: Tree, bare_database: Database, tmp_path: Path
) -> None:
    text = script(project=small_tree.project, since="one")
    assert "two is deployed after one" in psql(bare_database, text, tmp_path, fails=True)
    assert deployed(bare_database) == []


def test_a_script_goes_forward_only(nasty: Tree) -> None:
    with pytest.raises(MigrationError, match="only goes forward"):
        script(project=nasty.project, since="@v2", to="@v1")


def test_a_script_with_nothing_to_do_says_so(nasty: Tree, bare_database: Database, tmp_path: Path) -> None:
    text = script(project=nasty.project, since="HEAD")
    assert "nothing to do after uses_queue" in text
    psql(bare_database, text, tmp_path)


@pytest.fixture
def small_tree(small) -> Tree:  # type: ignore[no-untyped-def]
    tree: Tree = small(one="begin; create table one (); commit;", two="begin; create table two (); commit;")
    return tree
