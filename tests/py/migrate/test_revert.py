"""A revert takes back whole changes, newest first, and stops where somebody needs them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from agentpg.migrate import ChangeFailed, MigrationError, PlanError, Project, migrate, revert, status
from fixtures.databases import Database

from .conftest import Tree, deployed, events, registry


def test_a_revert_goes_back_to_a_change_or_tag_or_to_nothing(nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=nasty.project)
    result = revert(bare_database, project=nasty.project, to="@v2")
    assert result.changes == ("uses_queue", "audit_log @v3", "queue/enqueue")
    assert result.at == "queue/jobs_by_name @v2"
    assert [row["tag"] for row in registry(bare_database)["tags"]] == ["@v1", "@v1.0.1", "@v2"]
    with bare_database.connect() as connection:
        assert connection.execute("select nasty.enqueue('x') as version").fetchone() == {"version": 2}
    assert revert(bare_database, project=nasty.project).at is None
    assert deployed(bare_database) == []
    assert revert(bare_database, project=nasty.project).changes == ()
    migrate(bare_database, project=nasty.project)
    assert status(bare_database, project=nasty.project).up_to_date


def test_a_revert_to_what_is_not_deployed_is_refused(nasty: Tree, bare_database: Database) -> None:
    assert revert(bare_database, project=nasty.project).changes == ()
    migrate(bare_database, project=nasty.project, to="@v1")
    with pytest.raises(MigrationError, match="not deployed"):
        revert(bare_database, project=nasty.project, to="@v3")
    with pytest.raises(PlanError, match="no change or tag"):
        revert(bare_database, project=nasty.project, to="@v99")


def test_a_revert_event_keeps_what_the_registry_knew(nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=nasty.project, to="@v1")
    revert(bare_database, project=nasty.project, to="queue/jobs")
    event = registry(bare_database)["events"][-1]
    assert event["event"] == "revert"
    assert event["tags"] == ["@v1", "@v1.0.1"]
    assert event["requires"] == ["queue/jobs", "schema"]
    assert event["conflicts"] == ["elsewhere:thing", "elsewhere:thing@v9"]


def test_a_change_that_another_project_requires_stays(
    nasty: Tree, small: Callable[..., Tree], bare_database: Database
) -> None:
    migrate(bare_database, project=nasty.project)
    other = small(one="begin; create table one (); commit;")
    plan = other.folder / "sqitch.plan"
    plan.write_text(plan.read_text().replace("one 2026", "one [nasty:queue/jobs] 2026"))
    migrate(bare_database, project=Project.load(plan, other.folder))
    with pytest.raises(MigrationError, match="queue/jobs is required by small:one"):
        revert(bare_database, project=nasty.project)
    assert deployed(bare_database)[-2:] == ["uses_queue", "one"]


def test_a_failing_revert_leaves_its_change_in_place(
    small: Callable[..., Tree], bare_database: Database
) -> None:
    tree = small(
        reverts={
            "one": "begin; drop table one; commit;",
            "two": "begin; drop table two; select 1 / 0; commit;",
        },
        one="begin; create table one (); commit;",
        two="begin; create table two (); commit;",
    )
    migrate(bare_database, project=tree.project)
    with pytest.raises(ChangeFailed, match="division by zero"):
        revert(bare_database, project=tree.project)
    assert deployed(bare_database) == ["one", "two"]
    assert events(bare_database) == [("deploy", "one"), ("deploy", "two")]
    with bare_database.connect() as connection:
        assert connection.execute("select to_regclass('two') as two").fetchone() == {"two": "two"}
