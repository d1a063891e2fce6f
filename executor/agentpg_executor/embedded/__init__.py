"""A Postgres of our own, started from a folder of programs: no installation, no Docker, no system service."""

from __future__ import annotations

from ._errors import EmbeddedPostgresError
from ._programs import find_bindir
from ._server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "find_bindir"]
