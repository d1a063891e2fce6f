"""Which releases of the schema this library can work with."""

from __future__ import annotations

from typing import Final

from agentpg.errors import SchemaOutOfDate

SCHEMA_VERSION: Final = 1
"""The version this library was written for; it works with one release either way."""

_OLDEST: Final = max(1, SCHEMA_VERSION - 1)
_NEWEST: Final = SCHEMA_VERSION + 1


def check_schema_version(version: int | None) -> None:
    """Raise `SchemaOutOfDate` unless this library can work with `version` (None: there is no schema)."""
    if version is None:
        raise SchemaOutOfDate(
            "the database has no agentpg schema",
            hint="run `agentpg migrate` on this database, or point the client at the right one",
        )
    if version < _OLDEST:
        raise SchemaOutOfDate(
            f"the agentpg schema is at version {version}, this library needs {_OLDEST} or later",
            hint="run `agentpg migrate` on this database",
        )
    if version > _NEWEST:
        raise SchemaOutOfDate(
            f"the agentpg schema is at version {version}, this library knows versions up to {_NEWEST}",
            hint="upgrade the library (`pip install -U agentpg`); `agentpg migrate --check` shows the schema",
        )
