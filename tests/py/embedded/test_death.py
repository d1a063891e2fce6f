"""Whoever dies, and however, no server is orphaned and no kept data are lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from agentpg_executor.embedded import EmbeddedPostgres, EmbeddedPostgresError


def wait_until_gone(*pids: int) -> None:
    for pid in pids:
        try:
            psutil.Process(pid).wait(timeout=20)
        except psutil.NoSuchProcess:
            continue


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT], ids=lambda how: how.name)
def test_a_killed_owner_takes_its_server_along(start_owner: Callable[..., Any], how: signal.Signals) -> None:
    owner = start_owner()
    owner.process.send_signal(how)
    owner.process.wait(10)
    wait_until_gone(owner.server_pid, owner.guard_pid)
    assert not owner.runtime.exists()


@pytest.mark.parametrize("then", ["raise RuntimeError('oops')", "sys.exit(3)", "pass"])
def test_an_owner_that_forgets_to_stop_takes_its_server_along(
    start_owner: Callable[..., Any], then: str
) -> None:
    owner = start_owner(then=then)
    owner.process.wait(20)
    assert not psutil.pid_exists(owner.server_pid)
    assert not psutil.pid_exists(owner.guard_pid)
    assert not owner.runtime.exists()


def test_ctrl_c_at_the_terminal_reaches_the_owner_alone(start_owner: Callable[..., Any]) -> None:
    """The server is in a session of its own, so the owner decides when it stops."""
    owner = start_owner()
    assert os.getsid(owner.server_pid) != os.getsid(owner.process.pid)
    assert os.getsid(owner.guard_pid) != os.getsid(owner.process.pid)


def test_a_forked_child_does_not_stop_its_parent_s_server(start_owner: Callable[..., Any]) -> None:
    owner = start_owner(
        then="""
import os
if os.fork() == 0:
    sys.exit(0)
os.wait()
print('forked', flush=True)
sys.stdin.read()
"""
    )
    assert owner.stdout.readline() == "forked\n"
    with psycopg.connect(owner.dsn) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_kept_folder_recovers_when_everything_was_killed(
    start_owner: Callable[..., Any], tmp_path: Path
) -> None:
    """Owner, guard and server get SIGKILL; the next start finds every committed row."""
    owner = start_owner(tmp_path / "kept")
    with psycopg.connect(owner.dsn) as connection:
        connection.execute("create table t as select 1 as kept")
    for pid in (owner.guard_pid, owner.process.pid, owner.server_pid):
        os.kill(pid, signal.SIGKILL)
    owner.process.wait(10)
    with EmbeddedPostgres(tmp_path / "kept") as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("select kept from t").fetchone() == (1,)


def test_an_orphaned_server_is_ended_before_the_next_start(
    start_owner: Callable[..., Any], tmp_path: Path
) -> None:
    """Owner and guard are killed together, so the server lives on; the next start replaces it."""
    owner = start_owner(tmp_path / "kept")
    os.kill(owner.guard_pid, signal.SIGKILL)
    owner.process.kill()
    owner.process.wait(10)
    assert psutil.pid_exists(owner.server_pid)
    with EmbeddedPostgres(tmp_path / "kept") as server:
        wait_until_gone(owner.server_pid)
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "kept") as server:
        pidfile = server.data_folder / "postmaster.pid"
        lines = pidfile.read_text().split("\n")
        owner = pidfile.stat()
    lines[0] = str(os.getppid())
    pidfile.write_text("\n".join(lines))
    os.chown(pidfile, owner.st_uid, owner.st_gid)
    with EmbeddedPostgres(tmp_path / "kept") as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_second_owner_of_a_folder_is_told_who_has_it(
    start_owner: Callable[..., Any], tmp_path: Path
) -> None:
    owner = start_owner(tmp_path / "kept")
    with pytest.raises(EmbeddedPostgresError, match=f"in use by another process .pid {owner.process.pid}."):
        EmbeddedPostgres(tmp_path / "kept").start()
    with psycopg.connect(owner.dsn) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_data_of_another_version_are_refused_by_name(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "kept") as server:
        version = server.data_folder / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(EmbeddedPostgresError, match="made by Postgres 9"):
        EmbeddedPostgres(tmp_path / "kept").start()
