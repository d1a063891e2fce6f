"""How long things are kept, and what is deleted for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long things of a kind and state are kept; `max_age` None is for ever."""

    kind: str
    state: str
    max_age: timedelta | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Retained:
    """What a policy has deleted, or would delete: `count` things, the oldest from `oldest`.

    `older_than` is None when they are kept for ever.
    """

    kind: str
    state: str
    older_than: datetime | None = None
    count: int = 0
    oldest: datetime | None = None
