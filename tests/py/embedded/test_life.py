"""The embedded server starts, keeps what it promised to keep, and goes when it should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from agentpg_executor.embedded import EmbeddedPostgres, EmbeddedPostgresError, find_bindir


def one(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row[0]


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One with TCP and a setting, started in an environment that must not matter."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"LANG": "xx_YY.UTF-8", "LC_ALL": "xx_YY.UTF-8", "PGDATA": "/nowhere"}.items():
            environment.setenv(name, value)
        with EmbeddedPostgres(durable=False, tcp=True, settings={"work_mem": "7MB"}) as server:
            yield server


def test_a_temporary_server_leaves_nothing_behind() -> None:
    """No process and no file is left after the with block."""
    before = psutil.Process().children()
    with EmbeddedPostgres(durable=False) as server:
        assert one(server.dsn(), "select 1") == 1
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        folder = server.socket_folder
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert len(gone) > 1
    assert not folder.exists()
    assert psutil.Process().children() == before


def test_a_kept_folder_keeps_its_data_and_is_durable(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "kept") as server:
        assert one(server.dsn(), "show fsync") == "on"
        assert one(server.dsn(), "show synchronous_commit") == "on"
        dsn = server.createdb("app")
        with psycopg.connect(dsn) as connection:
            connection.execute("create table t as select 42 as answer")
    with EmbeddedPostgres(tmp_path / "kept") as server:
        assert one(server.dsn("app"), "select answer from t") == 42


def test_a_kept_folder_cannot_be_made_undurable(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="durable=False"):
        EmbeddedPostgres(tmp_path, durable=False)


def test_tcp_takes_the_password_and_nothing_less(server: EmbeddedPostgres) -> None:
    assert one(server.dsn(tcp=True), "select 1") == 1
    assert server.password in server.psql_command()
    wrong = server.dsn(tcp=True).replace(server.password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    addresses = {entry.laddr.ip for entry in psutil.Process(server.pid).net_connections("tcp")}
    assert addresses == {"127.0.0.1"}


def test_without_tcp_nothing_listens_on_the_network() -> None:
    with EmbeddedPostgres(durable=False) as server:
        assert psutil.Process(server.pid).net_connections("tcp") == []
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700
        with pytest.raises(EmbeddedPostgresError, match="tcp=True"):
            server.dsn(tcp=True)


def test_text_is_utf8_whatever_the_caller_s_locale(server: EmbeddedPostgres) -> None:
    assert one(server.dsn(), "show server_encoding") == "UTF8"
    assert one(server.dsn(), "select upper('é')") == "É"


def test_settings_are_passed_on(server: EmbeddedPostgres) -> None:
    assert one(server.dsn(), "show work_mem") == "7MB"


def test_a_server_that_cannot_start_shows_its_log() -> None:
    before = psutil.Process().children()
    broken = EmbeddedPostgres(durable=False, settings={"shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)its log says.*shared_buffers"):
        broken.start()
    assert not broken.running
    assert psutil.Process().children() == before


def test_a_database_is_created_once(server: EmbeddedPostgres) -> None:
    dsn = server.createdb('odd "name"/?')
    assert one(dsn, "select current_database()") == 'odd "name"/?'
    assert server.createdb('odd "name"/?', exist_ok=True) == dsn
    with pytest.raises(psycopg.errors.DuplicateDatabase):
        server.createdb('odd "name"/?')


def test_a_crash_and_restart_keep_committed_rows() -> None:
    """fsync stays on, so what was committed before SIGKILL is there after the restart."""
    with EmbeddedPostgres() as server:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("create table t as select 1 as kept")
        before = server.pid
        server.restart(crash=True)
        assert server.pid != before
        assert one(server.dsn(), "select kept from t") == 1


def test_pg_bindir_wins_and_a_wrong_one_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = find_bindir()
    link = tmp_path / "bin"
    link.symlink_to(found)
    monkeypatch.setenv("PG_BINDIR", str(link))
    assert find_bindir() == link
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(EmbeddedPostgresError, match="PG_BINDIR"):
        find_bindir()


def test_a_port_that_is_taken_is_refused_if_it_was_asked_for(server: EmbeddedPostgres) -> None:
    with pytest.raises(EmbeddedPostgresError, match="Address already in use"):
        EmbeddedPostgres(durable=False, tcp=True, port=server.port).start()
    assert one(server.dsn(tcp=True), "select 1") == 1
