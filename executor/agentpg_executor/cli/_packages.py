"""The packages that a command needs besides psycopg: said before anything is started, loaded meanwhile."""

from __future__ import annotations

import threading
from importlib import import_module
from importlib.util import find_spec

from ._failure import missing_package

EXECUTOR = ("anthropic", "pydantic", "docstring_parser")
FAKE = (*EXECUTOR, "aiohttp")


def need(command: str, *packages: str) -> None:
    """Raises the error that names the extra to install, unless these packages are there."""
    for package in packages:
        if find_spec(package) is None:
            raise missing_package(ModuleNotFoundError(name=package), command)


def have(*packages: str) -> bool:
    return all(find_spec(package) is not None for package in packages)


def load_meanwhile(*modules: str) -> None:
    """Imports in a thread while something else is waited for: the SDK alone takes a second or two.

    An error there is not lost: the same import is made again where the module is used.
    """

    def load() -> None:
        for module in modules:
            import_module(module)

    threading.Thread(target=load, name="agentpg imports", daemon=True).start()
