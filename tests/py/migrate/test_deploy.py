"""A migration applies whole changes or none, in order, once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
from agentpg.migrate import (
    ChangeFailed,
    MigrationDiverged,
    MigrationError,
    MigrationLocked,
    PlanError,
    Project,
    migrate,
    revert,
    status,
)
from fixtures.databases import Database

from .conftest import WHO, Tree, deployed, events, registry

Small = Callable[..., Tree]


def names(tree: Tree) -> list[str]:
    return [change.name for change in tree.project.plan.changes]


def test_a_migration_tells_what_it_did_and_a_second_one_does_nothing(
    nasty: Tree, bare_database: Database
) -> None:
    seen: list[str] = []
    first = migrate(bare_database, project=nasty.project, on_change=seen.append)
    assert list(first.changes) == seen
    assert seen[2] == "queue/enqueue @v1 @v1.0.1"
    assert first.at == "uses_queue"
    before = registry(bare_database)
    second = migrate(bare_database, project=nasty.project)
    assert second.changes == ()
    assert second.at == "uses_queue"
    assert registry(bare_database) == before


def test_the_packaged_project_is_the_default(bare_database: Database) -> None:
    assert status(bare_database).pending == tuple(
        change.with_tags for change in Project.packaged().plan.changes
    )
    migrate(bare_database)
    assert status(bare_database).up_to_date


def test_a_migration_can_stop_at_a_change_or_tag_and_go_on(nasty: Tree, bare_database: Database) -> None:
    assert migrate(bare_database, project=nasty.project, to="@v1").at == "queue/enqueue @v1 @v1.0.1"
    assert deployed(bare_database) == names(nasty)[:3]
    assert migrate(bare_database, project=nasty.project, to="@v1").changes == ()
    migrate(bare_database, project=nasty.project, to="audit_log")
    assert deployed(bare_database) == names(nasty)[:7]
    with pytest.raises(MigrationError, match="use revert"):
        migrate(bare_database, project=nasty.project, to="@v1")
    with pytest.raises(PlanError, match="no change or tag"):
        migrate(bare_database, project=nasty.project, to="@v99")


def test_a_failing_change_leaves_nothing_of_itself_and_all_before_it(
    small: Small, bare_database: Database
) -> None:
    tree = small(
        one="begin; create table one (); commit;",
        two="begin;\ncreate table two ();\nselect no_such_column;\ncommit;",
        three="begin; create table three (); commit;",
    )
    with pytest.raises(ChangeFailed, match=r"two\.sql, line 3.*no_such_column") as caught:
        migrate(bare_database, project=tree.project)
    assert caught.value.change == "two"
    assert caught.value.sqlstate == "42703"
    assert events(bare_database) == [("deploy", "one"), ("fail", "two")]
    with bare_database.connect() as connection:
        row = connection.execute("select to_regclass('one') as one, to_regclass('two') as two").fetchone()
    assert row == {"one": "one", "two": None}
    (tree.folder / "deploy" / "two.sql").write_text("begin; create table two (); commit;")
    assert migrate(bare_database, project=tree.project).changes == ("two", "three")


def test_a_failing_verify_script_takes_its_change_back(small: Small, bare_database: Database) -> None:
    tree = small(one="begin; create table one (); commit;")
    verify = tree.folder / "verify" / "one.sql"
    verify.parent.mkdir()
    verify.write_text("begin; select 1 / count(*) from one; rollback;")
    with pytest.raises(ChangeFailed, match="division by zero"):
        migrate(bare_database, project=tree.project)
    assert deployed(bare_database) == []
    assert migrate(bare_database, project=tree.project, verify=False).changes == ("one",)


def test_what_a_verify_script_does_is_undone(nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=nasty.project)
    with bare_database.connect() as connection:
        assert connection.execute("select count(*) as n from nasty.jobs").fetchone() == {"n": 0}


def test_a_script_outside_a_transaction_is_reverted_if_its_verify_fails(
    small: Small, bare_database: Database
) -> None:
    tree = small(
        reverts={"two": "drop index concurrently i;"},
        one="begin; create table one (a int); commit;",
        two="create index concurrently i on one (a);",
    )
    verify = tree.folder / "verify" / "two.sql"
    verify.parent.mkdir()
    verify.write_text("select 1 / 0;")
    with pytest.raises(ChangeFailed, match="division by zero"):
        migrate(bare_database, project=tree.project)
    assert events(bare_database) == [("deploy", "one"), ("fail", "two")]
    with bare_database.connect() as connection:
        assert connection.execute("select to_regclass('i') as i").fetchone() == {"i": None}


def test_a_script_s_own_transaction_that_fails_does_not_stay_open(
    small: Small, bare_database: Database
) -> None:
    tree = small(one="select 1; begin; create table one (); select 1 / 0; commit;")
    with pytest.raises(ChangeFailed, match="division by zero"):
        migrate(bare_database, project=tree.project)
    assert events(bare_database) == [("fail", "one")]


def test_a_script_s_settings_do_not_reach_the_next_one(small: Small, bare_database: Database) -> None:
    tree = small(
        one="begin; create schema elsewhere; set search_path = elsewhere; set lock_timeout = '1ms'; commit;",
        two="begin; create table two as select current_setting('lock_timeout') as t; commit;",
    )
    migrate(bare_database, project=tree.project, lock_timeout=77)
    with bare_database.connect() as connection:
        assert connection.execute("select t from public.two").fetchone() == {"t": "77s"}


def test_a_script_that_changes_its_role_is_recorded_all_the_same(
    small: Small, bare_database: Database
) -> None:
    with bare_database.connect() as connection:
        connection.execute("drop role if exists agentpg_test_nobody, agentpg_test_owner")
        connection.execute("create role agentpg_test_nobody")
        connection.execute("create role agentpg_test_owner superuser")
    tree = small(
        one="begin; set role agentpg_test_nobody; commit;",
        two="begin; create table two as select current_user::text as role; commit;",
    )
    migrate(f"{bare_database}&options=-crole%3Dagentpg_test_owner", project=tree.project)
    assert deployed(bare_database) == ["one", "two"]
    with bare_database.connect() as connection:
        assert connection.execute("select role from two").fetchone() == {"role": "agentpg_test_owner"}


def test_a_lost_connection_ends_the_migration_and_the_next_one_goes_on(
    small: Small, bare_database: Database
) -> None:
    tree = small(
        one="begin; create table one (); commit;",
        two="begin; create table two (); select pg_terminate_backend(pg_backend_pid()); commit;",
    )
    with pytest.raises(ChangeFailed, match="terminating connection"):
        migrate(bare_database, project=tree.project)
    assert deployed(bare_database) == ["one"]
    (tree.folder / "deploy" / "two.sql").write_text("begin; create table two (); commit;")
    assert migrate(bare_database, project=tree.project).changes == ("two",)


def test_a_role_that_may_not_write_the_registry_is_told_so(small: Small, bare_database: Database) -> None:
    with bare_database.connect() as connection:
        connection.execute("drop role if exists agentpg_test_reader")
        connection.execute("create role agentpg_test_reader login")
    tree = small(one="begin; create table one (); commit;")
    with pytest.raises(MigrationError, match=r"cannot write the registry .*permission denied"):
        migrate(bare_database.replace("//postgres@", "//agentpg_test_reader@"), project=tree.project)


def test_percent_signs_and_unicode_reach_the_server_as_they_are(
    small: Small, bare_database: Database
) -> None:
    tree = small(one="begin; create table one as select '100 %s %(x)s é \\ '::text as t; commit;")
    migrate(bare_database, project=tree.project)
    with bare_database.connect() as connection:
        assert connection.execute("select t from one").fetchone() == {"t": "100 %s %(x)s é \\ "}


def test_a_database_of_a_newer_plan_is_left_alone(small: Small, bare_database: Database) -> None:
    newer = small(one="begin; create table one (); commit;", two="begin; create table two (); commit;")
    migrate(bare_database, project=newer.project)
    older = small(one="begin; create table one (); commit;").project
    for act in (migrate, revert):
        with pytest.raises(MigrationDiverged, match="newer release"):
            act(bare_database, project=older)
    seen = status(bare_database, project=older)
    assert (seen.at, seen.unknown, seen.exit_code) == ("two", ("two",), 2)


def test_a_conflict_with_another_project_stops_the_migration_before_it_begins(
    nasty: Tree, small: Small, bare_database: Database
) -> None:
    other = small(thing="begin; create table thing (); commit;")
    plan = other.folder / "sqitch.plan"
    plan.write_text(plan.read_text().replace("%project=small", "%project=elsewhere"))
    migrate(bare_database, project=Project.load(plan, other.folder))
    with pytest.raises(MigrationError, match=r"nothing was deployed: .* conflicts .* elsewhere:thing"):
        migrate(bare_database, project=nasty.project)
    assert deployed(bare_database) == ["thing"]


def test_a_requirement_of_another_project_must_be_deployed(small: Small, bare_database: Database) -> None:
    tree = small(one="begin; create table one (); commit;")
    plan = tree.folder / "sqitch.plan"
    plan.write_text(plan.read_text().replace("one 2026", "one [nasty:schema] 2026"))
    with pytest.raises(MigrationError, match="requires the missing nasty:schema"):
        migrate(bare_database, project=Project.load(plan, tree.folder))


def test_the_same_project_name_with_another_uri_is_refused(small: Small, bare_database: Database) -> None:
    tree = small(one="begin; create table one (); commit;")
    migrate(bare_database, project=tree.project)
    plan = tree.folder / "sqitch.plan"
    plan.write_text(plan.read_text().replace("%project=small", "%project=small\n%uri=urn:other"))
    with pytest.raises(MigrationError, match="URI"):
        migrate(bare_database, project=Project.load(plan, tree.folder))


def test_a_script_that_needs_psql_is_refused_before_anything_runs(
    small: Small, bare_database: Database
) -> None:
    tree = small(one="begin; create table one (); commit;", two="\\set x 1\n")
    with pytest.raises(PlanError, match="psql"):
        migrate(bare_database, project=tree.project)
    assert deployed(bare_database) == []


def test_a_table_lock_that_does_not_come_is_told_and_harmless(small: Small, bare_database: Database) -> None:
    tree = small(
        one="begin; create table one (); commit;", two="begin; alter table one add column a int; commit;"
    )
    migrate(bare_database, project=tree.project, to="one")
    with bare_database.connect() as other, other.transaction():
        other.execute("select * from one")
        with pytest.raises(ChangeFailed, match="lock") as caught:
            migrate(bare_database, project=tree.project, lock_timeout=0.1)
    assert caught.value.sqlstate == psycopg.errors.LockNotAvailable.sqlstate
    assert migrate(bare_database, project=tree.project).changes == ("two",)


def test_another_migration_is_waited_for_and_then_named(nasty: Tree, bare_database: Database) -> None:
    with bare_database.connect() as other:
        other.execute("select pg_advisory_lock(75474063)")
        with pytest.raises(MigrationLocked, match=f"server process {other.info.backend_pid}"):
            migrate(bare_database, project=nasty.project, lock_timeout=0.1)


def test_the_lock_is_free_after_success_and_after_failure(small: Small, bare_database: Database) -> None:
    tree = small(one="begin; select 1 / 0; commit;")
    with pytest.raises(ChangeFailed):
        migrate(bare_database, project=tree.project)
    with bare_database.connect() as connection:
        held = "select count(*) as n from pg_locks where locktype = 'advisory'"
        assert connection.execute(held).fetchone() == {"n": 0}


def test_the_committer_is_sqitch_s(nasty: Tree, bare_database: Database) -> None:
    migrate(bare_database, project=nasty.project, to="schema")
    change = registry(bare_database)["changes"][0]
    assert (change["committer_name"], change["committer_email"]) == tuple(WHO.values())


def test_migrating_imports_nothing_but_psycopg() -> None:
    code = (
        "import sys; before = set(sys.modules); import agentpg.migrate, json\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(json.dumps(sorted(new - set(sys.stdlib_module_names))))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    allowed = {"agentpg", "cython_runtime", "psycopg", "psycopg_binary", "psycopg_pool", "typing_extensions"}
    assert {name for name in json.loads(answer.stdout) if not name.startswith("_")} <= allowed
