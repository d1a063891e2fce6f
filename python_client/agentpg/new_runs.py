"""Many runs in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """One of the runs that `create_runs` starts; whatever is None is as the call says for all.

    `prompt` is text or a list of content blocks. Without `session_id` the run gets a session of its own,
    whose `metadata` goes over that of the call; `variables` go over those of the call too.

        NewRun(prompt="Summarize document 7", variables={"document": 7}, idempotency_key="summary-7")
    """

    prompt: str | Sequence[Mapping[str, object]]
    session_id: UUID | str | None = None
    variables: Mapping[str, object] | None = None
    metadata: Mapping[str, object] | None = None
    idempotency_key: str | None = None
    priority: int | None = None
    scheduled_at: datetime | None = None

    def to_json(self) -> dict[str, object]:
        """The item, as the SQL function takes it."""
        item: dict[str, object] = {"prompt" if isinstance(self.prompt, str) else "content": self.prompt}
        if self.session_id is not None:
            item["session_id"] = str(self.session_id)
        if self.scheduled_at is not None:
            item["scheduled_at"] = self.scheduled_at.isoformat()
        for name in ("variables", "metadata", "idempotency_key", "priority"):
            value = getattr(self, name)
            if value is not None:
                item[name] = value
        return item


@dataclass(frozen=True, slots=True)
class CreatedRun:
    """What became of an item of `create_runs`: `item` is its place, from 1.

    `created` is False where its idempotency key had been used, and the run is the one that it was used for.
    """

    item: int
    run_id: UUID
    session_id: UUID
    created: bool
