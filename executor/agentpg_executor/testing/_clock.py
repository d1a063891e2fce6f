"""The fake's own time. It runs with the wall clock until a test moves or stops it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Time for batches, cache entries, rate limits and timestamps.

    It never moves the real delays of a response (`pace`, `slow`, `hang`): those are wall-clock seconds.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = at

    def now(self) -> datetime:
        """The current time, in UTC."""
        return self._frozen or datetime.now(UTC) + self._offset

    def timestamp(self) -> float:
        """`now` in seconds since 1970."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> datetime:
        """Move forward; returns the new time."""
        step = timedelta(seconds=seconds)
        if self._frozen is None:
            self._offset += step
        else:
            self._frozen += step
        return self.now()

    def set(self, at: datetime) -> None:
        """Jump to a time (with a time zone) and go on from there, running or stopped as before."""
        if self._frozen is None:
            self._offset = at - datetime.now(UTC)
        else:
            self._frozen = at

    def freeze(self) -> datetime:
        """Stop at the current time; from now on only `advance` and `set` move it."""
        self._frozen = self.now()
        return self._frozen


def rfc3339(at: datetime) -> str:
    """A UTC timestamp as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
