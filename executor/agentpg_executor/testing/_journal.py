"""Everything the fake was asked and what it answered, for assertions."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._request import FakeRequest


@dataclass(slots=True, eq=False)
class Entry:
    """One HTTP request, or one item of a batch (`kind` is "batch_item" and `custom_id` is set).

    `served` says that the model's work was done, `billed` that it costs money: both also when the client
    never saw the answer. Times are `time.monotonic()` seconds. `outcome` is "" while the response is under
    way, then "complete", "reset", "closed" or "client_left"; for a batch item, how it ended.
    """

    kind: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None
    request: FakeRequest | None = None
    model: str | None = None
    status: int = 0
    request_id: str | None = None
    response: dict[str, Any] | None = None
    error_type: str | None = None
    fault: str | None = None
    stream: bool = False
    served: bool = False
    billed: bool = False
    key: str | None = None
    index: int = -1
    batch_id: str | None = None
    custom_id: str | None = None
    started: float = field(default_factory=time.monotonic)
    first_byte: float | None = None
    finished: float | None = None
    outcome: str = ""

    @property
    def prompt(self) -> str | None:
        return self.request.prompt if self.request else None

    @property
    def version(self) -> str | None:
        return self.headers.get("anthropic-version")

    @property
    def betas(self) -> list[str]:
        return [
            name.strip() for name in (self.headers.get("anthropic-beta") or "").split(",") if name.strip()
        ]

    @property
    def retry_count(self) -> int:
        return int(self.headers.get("x-stainless-retry-count") or 0)


class Journal:
    """The entries in order of arrival. Iterates, counts and indexes like a list."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._changed = threading.Condition()
        self._waiting = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def of(self, kind: str) -> list[Entry]:
        """The entries of one kind: "messages", "count_tokens", "batches.create", "batch_item" ..."""
        return [entry for entry in self if entry.kind == kind]

    @property
    def messages(self) -> list[Entry]:
        """The requests to `/v1/messages`."""
        return self.of("messages")

    def count(self, kind: str) -> int:
        """How many requests of a kind came."""
        return len(self.of(kind))

    def served(self, key: Callable[[Entry], Any] | None = None) -> Counter[Any]:
        """How often the model answered each request, streamed or in a batch, seen by the client or not.

        The key is a digest of model and messages unless `key` makes another, such as `lambda e: e.prompt`.
        """
        return Counter((key or entry_key)(entry) for entry in self if entry.served)

    def billed(self, key: Callable[[Entry], Any] | None = None) -> Counter[Any]:
        """`served`, without what costs nothing (a refusal before any output)."""
        return Counter((key or entry_key)(entry) for entry in self if entry.billed)

    def peak(self, kind: str = "messages") -> int:
        """The largest number of requests of a kind that were under way at once."""
        steps: list[tuple[float, int]] = []
        for entry in self.of(kind):
            steps.append((entry.started, 1))
            if entry.finished is not None:
                steps.append((entry.finished, -1))
        peak = now = 0
        for _, step in sorted(steps):
            now += step
            peak = max(peak, now)
        return peak

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()

    def wait_for(self, ready: Callable[[Journal], bool], timeout: float = 30.0) -> None:
        """Block until the condition holds, checked whenever an entry arrives or ends, or `TimeoutError`.

        In async code: `await asyncio.to_thread(journal.wait_for, ...)`.
        """
        with self._changed:
            self._waiting += 1
            try:
                if not self._changed.wait_for(lambda: ready(self), timeout):
                    raise TimeoutError(f"not reached within {timeout} s; {len(self)} entries")
            finally:
                self._waiting -= 1

    def add(self, entry: Entry) -> Entry:
        """Called by the server."""
        entry.index = len(self._entries)
        self._entries.append(entry)
        self.notify()
        return entry

    def finish(self, entry: Entry, outcome: str) -> None:
        """Called by the server when nothing more will be sent."""
        entry.finished = time.monotonic()
        entry.outcome = outcome
        self.notify()

    def notify(self) -> None:
        """Called by the server when an entry changed."""
        if self._waiting:
            with self._changed:
                self._changed.notify_all()


def entry_key(entry: Entry) -> str:
    """The default key of `served` and `billed`."""
    if entry.key is None and entry.request is not None:
        entry.key = entry.request.key
    return entry.key or ""
