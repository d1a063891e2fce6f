"""What can go wrong with the embedded server."""

from __future__ import annotations


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot start, stop or be found; the message names the next step."""
