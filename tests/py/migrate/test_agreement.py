"""What we deploy, sqitch takes for its own, and the other way round."""

from __future__ import annotations

import pytest
from agentpg.migrate import migrate, revert, status
from fixtures.databases import Database

from .conftest import Tree, dump, registry

pytestmark = pytest.mark.needs("sqitch")


def test_the_ids_of_changes_are_sqitch_s(tree: Tree) -> None:
    said = tree.sqitch("plan", "--format", "format:id:%H").splitlines()
    theirs = [line.removeprefix("id:") for line in said if line.startswith("id:")]
    assert [change.id for change in tree.project.plan.changes] == theirs
    assert len(theirs) > 5


@pytest.mark.timeout(300)
def test_both_ways_agree_from_the_first_change_to_the_last_revert(
    tree: Tree, two_databases: tuple[Database, Database]
) -> None:
    """One test, as a deploy by sqitch takes long: rows, schema, status, check, verify, and both reverts."""
    ours, theirs = two_databases
    before = dump(ours)
    migrate(ours, project=tree.project)
    tree.sqitch("deploy", "--verify", on=theirs)
    assert registry(ours) == registry(theirs)
    assert dump(ours) == dump(theirs)

    assert "up-to-date" in tree.sqitch("status", on=ours)
    tree.sqitch("check", on=ours)
    tree.sqitch("verify", on=ours)
    assert status(theirs, project=tree.project).up_to_date

    tree.sqitch("revert", "-y", on=ours)
    result = revert(theirs, project=tree.project)
    assert len(result.changes) == len(tree.project.plan.changes)
    assert registry(ours)["changes"] == []
    assert registry(ours) == registry(theirs)
    for database in two_databases:
        with database.connect() as connection:
            connection.execute("drop schema sqitch cascade")
        assert dump(database) == before


def test_turns_can_be_taken_change_by_change(nasty: Tree, two_databases: tuple[Database, Database]) -> None:
    """Half by sqitch, half by us, back to a tag by us, forward by sqitch: the same as sqitch alone."""
    mixed, theirs = two_databases
    nasty.sqitch("deploy", "--to", "@v1", on=mixed)
    migrate(mixed, project=nasty.project, to="audit_log")
    revert(mixed, project=nasty.project, to="@v2")
    nasty.sqitch("deploy", on=mixed)
    nasty.sqitch("deploy", "--to", "@v1", on=theirs)
    nasty.sqitch("deploy", "--to", "audit_log", on=theirs)
    nasty.sqitch("revert", "-y", "--to", "@v2", on=theirs)
    nasty.sqitch("deploy", on=theirs)
    assert registry(mixed) == registry(theirs)
    assert dump(mixed) == dump(theirs)


def test_a_failure_is_recorded_as_sqitch_records_it(
    copy_of_nasty: Tree, two_databases: tuple[Database, Database]
) -> None:
    ours, theirs = two_databases
    script = copy_of_nasty.folder / "deploy" / "audit_log.sql"
    script.write_text(script.read_text().replace("line text", "line no_such_type"))
    with pytest.raises(Exception, match="no_such_type"):
        migrate(ours, project=copy_of_nasty.project)
    copy_of_nasty.sqitch("deploy", on=theirs, fails=True)
    assert registry(ours) == registry(theirs)
    assert dump(ours) == dump(theirs)


def test_a_tag_added_later_reaches_the_registry(
    copy_of_nasty: Tree, two_databases: tuple[Database, Database]
) -> None:
    ours, theirs = two_databases
    migrate(ours, project=copy_of_nasty.project)
    copy_of_nasty.sqitch("deploy", on=theirs)
    copy_of_nasty.sqitch("tag", "v4", "-n", "Later.")
    tagged = type(copy_of_nasty.project).load(copy_of_nasty.folder / "sqitch.plan", copy_of_nasty.folder)
    migrate(ours, project=tagged)
    copy_of_nasty.sqitch("deploy", on=theirs)
    assert [row["tag"] for row in registry(ours)["tags"]][-1] == "@v4"
    assert registry(ours) == registry(theirs)


def test_an_edited_script_is_noticed_by_both(copy_of_nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=copy_of_nasty.project)
    script = copy_of_nasty.folder / "deploy" / "queue" / "jobs.sql"
    script.write_text(script.read_text() + "-- edited\n")
    assert "queue/jobs" in copy_of_nasty.sqitch("check", on=bare_database, fails=True)
    seen = status(bare_database, project=copy_of_nasty.project)
    assert seen.edited == ("queue/jobs",)
    assert seen.exit_code == 2


def test_sqitch_waits_for_our_lock_and_we_for_sqitch_s(nasty: Tree, bare_database: Database) -> None:
    """Both use the same advisory lock."""
    with bare_database.connect() as other:
        other.execute("select pg_advisory_lock(75474063)")
        said = nasty.sqitch("deploy", "--lock-timeout", "1", on=bare_database, fails=True)
        assert "another instance of Sqitch" in said
        with pytest.raises(Exception, match="another migration"):
            migrate(bare_database, project=nasty.project, lock_timeout=0)
    migrate(bare_database, project=nasty.project)
