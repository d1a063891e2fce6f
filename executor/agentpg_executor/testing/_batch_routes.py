"""`/v1/messages/batches`: create, retrieve, list, cancel, delete, results."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ._batch_items import check_requests, make_item
from ._batches import FakeBatch
from ._errors import ApiError, invalid
from ._journal import Entry
from ._messages import parse_body
from ._paging import Query, page
from ._reply import Pause, Reply, Signal, Step, json_reply
from ._state import State
from ._turns import Fault, Turn


class Batches:
    """All batches of a fake, oldest first. Tests use it as `fake.batches`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.seconds = state.settings.batch_seconds
        """How long the batches created from now on take."""
        self._batches: dict[str, FakeBatch] = {}

    def __iter__(self) -> Iterator[FakeBatch]:
        self._settle()
        return iter(list(self._batches.values()))

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, id: str) -> FakeBatch:
        self._settle()
        return self._batches[id]

    def end_all(self) -> None:
        """End every batch at once, its items done, without moving the clock."""
        for batch in self._batches.values():
            if batch.ended_at is None:
                for item in batch.items:
                    item.seconds = 0.0
                self._end(batch)

    def clear(self) -> None:
        """Forget every batch."""
        self._batches.clear()

    def create(self, entry: Entry, raw: bytes) -> Reply:
        """Take the requests; their parameters are checked later, item by item."""
        state = self._state
        body = parse_body(raw)
        entry.body = body if state.settings.keep_bodies else None
        requests = check_requests(body, state.settings.max_batch_requests)
        marked = b'"cache_control"' in raw
        step = self.seconds / len(requests)
        items = [
            make_item(state, request, entry.headers, step * (index + 1), marked=marked)
            for index, request in enumerate(requests)
        ]
        batch = FakeBatch(state.ids.new("msgbatch"), items, state.clock, state.settings.batch_cancel_seconds)
        self._batches[batch.id] = batch
        entry.batch_id = batch.id
        return self._answer(batch)

    def retrieve(self, entry: Entry, id: str) -> Reply:
        """The batch as it is now."""
        return self._answer(self._find(entry, id))

    def list(self, query: Query) -> Reply:
        """Newest first, by page."""
        self._settle()
        base_url = self._state.base_url
        return json_reply(
            page([batch.describe(base_url) for batch in reversed(self._batches.values())], query)
        )

    def cancel(self, entry: Entry, id: str) -> Reply:
        """Begin to cancel; refused once the batch has ended."""
        batch = self._find(entry, id)
        if batch.ended_at is not None:
            raise invalid(f"Batch {id} cannot be canceled because it has already ended.")
        batch.cancel()
        return self._answer(batch)

    def delete(self, entry: Entry, id: str) -> Reply:
        """Forget an ended batch."""
        batch = self._find(entry, id)
        if batch.ended_at is None:
            raise invalid(f"Batch {id} cannot be deleted because it is still being processed.")
        del self._batches[id]
        return json_reply({"id": id, "type": "message_batch_deleted"})

    def results(self, entry: Entry, id: str, turn: Turn | None) -> Reply:
        """The results as JSONL; `turn` carries the fault of a torn download."""
        batch = self._find(entry, id)
        if batch.ended_at is None:
            raise ApiError(404, f"Batch {id} has no results yet: it is still being processed.")
        if batch.archived_at is not None:
            raise ApiError(404, f"The results of batch {id} are no longer available.")
        own = self._state.own
        fault = turn.fault if turn is not None else None
        reply = Reply(200, {"content-type": "application/x-jsonl"})
        if fault is None or fault.after is None:
            reply.steps = batch.lines(own)
        else:
            reply.steps = self._torn(batch, fault, fault.after)
        return reply

    def _torn(self, batch: FakeBatch, fault: Fault, after: int) -> Iterator[Step]:
        """`after` whole lines and half of the next one, then the fault."""
        own = self._state.own
        yield from batch.lines(own, stop=after)
        rest = b"".join(batch.lines(own, start=after, stop=after + 1))
        half = len(rest) // 2
        yield rest[:half]
        if fault.kind in ("reset", "drop"):
            yield Signal.RESET if fault.kind == "reset" else Signal.CLOSE
        elif fault.kind == "hang":
            yield Pause(fault.seconds)
            yield rest[half:]
            yield from batch.lines(own, start=after + 1)

    def _answer(self, batch: FakeBatch) -> Reply:
        return json_reply(batch.describe(self._state.base_url))

    def _find(self, entry: Entry, id: str) -> FakeBatch:
        self._settle()
        entry.batch_id = id
        batch = self._batches.get(id)
        if batch is None:
            raise ApiError(404, f"Batch {id} not found")
        return batch

    def _settle(self) -> None:
        """End what is due. Only then do its items appear in the journal, served and billed."""
        now = self._state.clock.now()
        for batch in self._batches.values():
            if batch.ended_at is None and batch.due_at() <= now:
                self._end(batch)

    def _end(self, batch: FakeBatch) -> None:
        state = self._state
        batch.end(min(batch.due_at(), state.clock.now()), state.rng)
        path = f"/v1/messages/batches/{batch.id}"
        at = time.monotonic()
        for item in batch.items:
            entry = Entry("batch_item", "", path, {}, started=at, finished=at)
            entry.batch_id, entry.custom_id, entry.outcome = batch.id, item.custom_id, item.fate
            if item.fate == "succeeded" and item.turn is not None and item.request is not None:
                entry.status, entry.served, entry.billed = 200, True, item.turn.billed
                entry.key, entry.model = item.key, item.request.model
                if state.settings.keep_bodies:
                    entry.request = item.request
            elif item.error is not None:
                entry.error_type = item.error["error"]["type"]
            state.journal.add(entry)
