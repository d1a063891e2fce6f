"""As whom the server runs. Postgres refuses to run as root, so root needs another identity for it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ._errors import EmbeddedPostgresError
from ._programs import Programs

_ACCOUNTS = ("postgres", "nobody")


class ProcessOptions(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Identity:
    """How to start a program so that Postgres accepts it, and who owns the files it makes."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    drops: bool = False
    """The caller is root, and the program runs as this user in place of root."""

    @property
    def options(self) -> ProcessOptions:
        if not self.drops:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def command(self, *words: str) -> list[str]:
        return [*self.prefix, *words]

    def give(self, path: Path) -> None:
        """Makes this identity the owner of a file or folder."""
        if self.drops:
            os.chown(path, self.uid, self.gid)


def choose_identity(programs: Programs, place: Path, data: Path, copies: Path) -> tuple[Identity, Programs]:
    """An identity that can run the programs and reach `place`, the folder above the data folder.

    An ordinary user is that user. Root becomes `postgres` or `nobody` where that account can reach both;
    else a mapped user in a user namespace, whose files stay root's; else the programs are copied to
    `copies`, in a folder that the caller gives to the identity. Existing data stay with the owner they have.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid()), programs
    owner = data.stat().st_uid if data.exists() else None
    server = programs.path("postgres")
    for account in _accounts(owner):
        if _works(account, place, server, "--version"):
            return account, programs
    if owner in (None, 0):
        for mapped in _mapped():
            if _works(mapped, place, server, "--version"):
                return mapped, programs
    for account in _accounts(owner):
        if _works(account, place, "/bin/sh", "-c", ":") and (programs.bindir.parent / "share").is_dir():
            return account, Programs(_copy(programs.bindir, copies), programs.major)
    raise EmbeddedPostgresError(
        f"Postgres does not run as root, and no other account can reach {place} and {programs.bindir}: "
        "run as an ordinary user, or choose a folder outside root's home (for example /var/lib/agentpg)"
    )


def _copy(bindir: Path, copies: Path) -> Path:
    """Copies an installation to where everybody can read it, with the libraries a wheel puts beside it."""
    prefix = bindir.parent
    package = prefix.parent
    target = copies / package.name / prefix.name
    shutil.copytree(prefix, target, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copies / libraries.name, symlinks=True)
    for folder in (target, *target.parents[:2], copies / libraries.name):
        if folder.is_dir():
            folder.chmod(0o755)
    return target / bindir.name


def _accounts(owner: int | None) -> Iterator[Identity]:
    for name in _ACCOUNTS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        if owner is None or owner == account.pw_uid:
            yield Identity(account.pw_uid, account.pw_gid, drops=True)
    if owner:
        try:
            account = pwd.getpwuid(owner)
        except KeyError:
            return
        if account.pw_name not in _ACCOUNTS:
            yield Identity(account.pw_uid, account.pw_gid, drops=True)


def _mapped() -> Iterator[Identity]:
    unshare = shutil.which("unshare")
    if unshare is None:
        return
    for account in _accounts(None):
        mapping = (unshare, "--user", f"--map-user={account.uid}", f"--map-group={account.gid}")
        yield Identity(0, 0, prefix=mapping)


def _works(identity: Identity, place: Path, *words: str) -> bool:
    """Tries it: the identity enters the folder and runs the program."""
    command = identity.command("/bin/sh", "-c", 'cd "$0" && exec "$@"', str(place), *words)
    try:
        answer = subprocess.run(command, capture_output=True, check=False, cwd="/", **identity.options)
    except OSError:
        return False
    return answer.returncode == 0
