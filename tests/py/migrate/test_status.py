"""The status says how a database stands to the plan, and changes nothing."""

from __future__ import annotations

from agentpg.migrate import migrate, status
from fixtures.databases import Database

from .conftest import Tree, dump


def test_an_empty_database_is_behind_and_stays_empty(nasty: Tree, bare_database: Database) -> None:
    before = dump(bare_database)
    seen = status(bare_database, project=nasty.project)
    assert (seen.at, seen.behind, seen.diverged, seen.exit_code) == (None, True, False, 1)
    assert len(seen.pending) == len(nasty.project.plan.changes)
    assert seen.message == "nothing is deployed; 8 changes behind, next schema"
    assert dump(bare_database) == before


def test_a_database_half_way_says_what_is_missing(nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=nasty.project, to="@v2")
    seen = status(bare_database, project=nasty.project)
    assert seen.at == "queue/jobs_by_name @v2"
    assert seen.pending == ("queue/enqueue", "audit_log @v3", "uses_queue")
    assert seen.exit_code == 1
    assert seen.message == "at queue/jobs_by_name @v2; 3 changes behind, next queue/enqueue"


def test_a_database_that_has_it_all_is_up_to_date(nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=nasty.project)
    seen = status(bare_database, project=nasty.project)
    assert seen.up_to_date
    assert seen.exit_code == 0
    assert seen.deployed_at is not None
    assert seen.message == "at uses_queue; up to date"


def test_an_edited_script_shows_as_edited(copy_of_nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=copy_of_nasty.project)
    for name in ("enqueue@v1", "enqueue"):
        path = copy_of_nasty.folder / "deploy" / "queue" / f"{name}.sql"
        path.write_text(path.read_text() + "-- edited\n")
    seen = status(bare_database, project=copy_of_nasty.project)
    assert seen.edited == ("queue/enqueue@v1", "queue/enqueue")
    assert (seen.behind, seen.exit_code) == (False, 2)
    assert seen.message.endswith("scripts edited since they were deployed: queue/enqueue@v1, queue/enqueue")
