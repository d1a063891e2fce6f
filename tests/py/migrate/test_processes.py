"""Real processes that start together, or die in the middle, leave a good database."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

import psycopg
import pytest
from agentpg.migrate import MigrationPooled, migrate, status
from fixtures.databases import Database

from .conftest import Tree, deployed, events, start_migration

Small = Callable[..., Tree]


def wait_for(connection: psycopg.Connection[dict[str, object]], query: str, count: int) -> None:
    """Until as many sessions are at this point; it is the server that says so."""
    deadline = time.monotonic() + 30
    while True:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        assert row is not None
        if row["n"] == count:
            return
        assert time.monotonic() < deadline, f"{row['n']} instead of {count}: {query}"


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return out.strip()


def test_migrators_started_together_take_turns(tree: Tree, bare_database: Database) -> None:
    """All of them wait at the lock, then are let go at once: each change is deployed once."""
    with bare_database.connect() as holder:
        holder.execute("select pg_advisory_lock(75474063)")
        racers = [start_migration(bare_database, tree, "print(len(go().changes))") for _ in range(3)]
        sessions = "select count(*) as n from pg_stat_activity where application_name = 'agentpg migrate'"
        wait_for(holder, f"{sessions} and datname = current_database()", 3)
        holder.execute("select pg_advisory_unlock(75474063)")
        done = sorted(int(finish(process)) for process in racers)
    names = [change.name for change in tree.project.plan.changes]
    assert done == [0, 0, len(names)]
    assert deployed(bare_database) == names
    assert events(bare_database) == [("deploy", name) for name in names]


def test_a_migrator_killed_between_changes_is_continued(tree: Tree, bare_database: Database) -> None:
    middle = len(tree.project.plan.changes) // 2
    stop_at = tree.project.plan.changes[middle].with_tags
    process = start_migration(
        bare_database,
        tree,
        f"def pause(name):\n"
        f"    if name == {stop_at!r}:\n"
        f"        print('here', flush=True)\n"
        f"        sys.stdin.read()\n"
        f"go(on_change=pause)",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    result = migrate(bare_database, project=tree.project)
    assert len(result.changes) == len(tree.project.plan.changes) - middle - 1
    assert status(bare_database, project=tree.project).up_to_date


def test_a_migrator_killed_inside_a_change_leaves_nothing_of_it(
    small: Small, bare_database: Database
) -> None:
    tree = small(
        one="begin; create table one (); commit;",
        two="begin; create table two (); select pg_advisory_xact_lock(1); create table also_two (); commit;",
        three="begin; create table three (); commit;",
    )
    with bare_database.connect() as holder:
        holder.execute("select pg_advisory_lock(1)")
        process = start_migration(bare_database, tree, "go()")
        wait_for(holder, "select count(*) as n from pg_locks where locktype = 'advisory' and not granted", 1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        holder.execute("select pg_advisory_unlock(1)")
        wait_for(
            holder,
            "select count(*) as n from pg_stat_activity"
            " where application_name = 'agentpg migrate' and datname = current_database()",
            0,
        )
        assert deployed(bare_database) == ["one"]
        found = holder.execute("select to_regclass('two') as a, to_regclass('also_two') as b").fetchone()
        assert found == {"a": None, "b": None}
    assert migrate(bare_database, project=tree.project).changes == ("two", "three")


def test_a_change_outside_a_transaction_that_was_not_recorded_runs_again(
    nasty: Tree, bare_database: Database
) -> None:
    """As if the migrator had been killed after the script and before the record."""
    migrate(bare_database, project=nasty.project, to="queue/enqueue@v2")
    with bare_database.connect() as connection:
        connection.execute("create index concurrently jobs_by_name on nasty.jobs (name)")
    migrate(bare_database, project=nasty.project)
    assert status(bare_database, project=nasty.project).up_to_date


def test_an_interrupted_migrator_rolls_back(small: Small, bare_database: Database) -> None:
    tree = small(one="begin; create table one (); select pg_advisory_xact_lock(1); commit;")
    with bare_database.connect() as holder:
        holder.execute("select pg_advisory_lock(1)")
        process = start_migration(bare_database, tree, "go()")
        wait_for(holder, "select count(*) as n from pg_locks where locktype = 'advisory' and not granted", 1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode != 0
        assert deployed(bare_database) == []
        assert holder.execute("select to_regclass('one') as one").fetchone() == {"one": None}


def test_a_transaction_pooler_is_refused(pooled_dsn: str, nasty: Tree) -> None:
    """Behind it the session lock would belong to whoever gets that server connection next."""
    with pytest.raises(MigrationPooled, match="direct connection"):
        migrate(pooled_dsn, project=nasty.project)
