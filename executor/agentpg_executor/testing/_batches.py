"""Message batches: items with their fates, and the life of a batch on the fake's clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ._answer import make_message
from ._cache import CachePlan
from ._clock import Clock, rfc3339
from ._ids import Ids
from ._request import FakeRequest
from ._signing import OwnWork
from ._tokens import dumps
from ._turns import Turn

Fate = Literal["succeeded", "errored", "canceled", "expired"]
LIFETIME = timedelta(hours=24)
RETENTION = timedelta(days=29)
_LINES_AT_ONCE = 32


@dataclass(slots=True)
class BatchItem:
    """One request of a batch: what becomes of it, and when. `seconds` count from the batch's creation."""

    custom_id: str
    fate: Fate
    seconds: float
    turn: Turn | None = None
    request: FakeRequest | None = None
    plan: CachePlan | None = None
    error: dict[str, Any] | None = None
    key: str | None = None


class FakeBatch:
    """A batch. Its state follows the clock; nothing is decided before somebody looks."""

    def __init__(self, id: str, items: list[BatchItem], clock: Clock, cancel_seconds: float) -> None:
        self.id = id
        self.items = items
        self.created_at = clock.now()
        self.expires_at = self.created_at + LIFETIME
        self.cancel_initiated_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.order: list[int] = []
        self._clock = clock
        self._cancel_seconds = cancel_seconds
        self._done_at = self.created_at + timedelta(seconds=max(item.seconds for item in items))

    def due_at(self) -> datetime:
        """When the batch ends, as things stand."""
        due = min(self._done_at, self.expires_at)
        if self.cancel_initiated_at is not None:
            due = min(due, self.cancel_initiated_at + timedelta(seconds=self._cancel_seconds))
        return due

    @property
    def processing_status(self) -> str:
        if self.ended_at is not None:
            return "ended"
        return "in_progress" if self.cancel_initiated_at is None else "canceling"

    @property
    def archived_at(self) -> datetime | None:
        archived = self.created_at + RETENTION
        return archived if self._clock.now() >= archived else None

    def cancel(self) -> None:
        """Ask for cancellation; items already done keep their results."""
        if self.cancel_initiated_at is None:
            self.cancel_initiated_at = self._clock.now()

    def end(self, at: datetime, rng: random.Random) -> None:
        """Settle every item: what was not done in time is canceled or expired."""
        cut_off = self.cancel_initiated_at or self.expires_at
        late: Fate = "canceled" if self.cancel_initiated_at is not None else "expired"
        for item in self.items:
            if self.created_at + timedelta(seconds=item.seconds) > min(cut_off, at):
                item.fate = late
        self.ended_at = at
        self.order = list(range(len(self.items)))
        rng.shuffle(self.order)

    def counts(self) -> dict[str, int]:
        """All but `processing` stay 0 until the batch ends."""
        counts = {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        if self.ended_at is None:
            counts["processing"] = len(self.items)
        else:
            for item in self.items:
                counts[item.fate] += 1
        return counts

    def describe(self, base_url: str) -> dict[str, Any]:
        """The `MessageBatch` object."""
        archived = self.archived_at
        readable = self.ended_at is not None and archived is None
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": self.processing_status,
            "request_counts": self.counts(),
            "created_at": rfc3339(self.created_at),
            "expires_at": rfc3339(self.expires_at),
            "ended_at": _optional(self.ended_at),
            "cancel_initiated_at": _optional(self.cancel_initiated_at),
            "archived_at": _optional(archived),
            "results_url": f"{base_url}/v1/messages/batches/{self.id}/results" if readable else None,
        }

    def result(self, index: int, own: OwnWork) -> dict[str, Any]:
        """One line of the results. The same line has the same ids each time it is downloaded."""
        item = self.items[index]
        result: dict[str, Any] = {"type": item.fate}
        if item.fate == "errored":
            result["error"] = item.error
        elif item.fate == "succeeded" and item.turn and item.request and item.plan:
            ids = Ids(random.Random(f"{self.id}/{index}"))
            result["message"] = make_message(item.turn, item.request, item.plan, ids, own, tier="batch")
        return {"custom_id": item.custom_id, "result": result}

    def lines(self, own: OwnWork, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The results as JSONL in an order of their own, several lines at a time."""
        order = self.order[start:stop]
        for begin in range(0, len(order), _LINES_AT_ONCE):
            chunk = order[begin : begin + _LINES_AT_ONCE]
            yield "".join(dumps(self.result(index, own)) + "\n" for index in chunk).encode()


def _optional(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
