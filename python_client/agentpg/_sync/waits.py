# Generated from agentpg/_async/waits.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Everybody who waits for a run, woken by notifications and by one shared poll that backs them up."""

# A timeout is an argument here, because the synchronous twin has no other way to set one.
# ruff: noqa: ASYNC109

from __future__ import annotations

import copy
import json
import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from agentpg._backoff import jittered
from agentpg._concurrency import Signal, Worker
from agentpg.constants import CHANNEL_RUN_FINALIZED
from agentpg.enums import RunState
from agentpg.errors import AgentPGError, ClientStopping

_log = logging.getLogger("agentpg")

_GROWTH = 1.5


class Wait:
    """One caller's wait for one run."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self.error: AgentPGError | None = None
        self._signal = Signal()

    @property
    def is_woken(self) -> bool:
        return self._signal.is_set()

    def wake(self, error: AgentPGError | None = None) -> None:
        """End the wait: the run should be looked at, or `error` raised."""
        if error is not None:
            self.error = error
        self._signal.set()

    def again(self) -> None:
        """Wait on: the run turned out not to be finished, or could not be looked at."""
        self._signal.clear()

    def woken(self, timeout: float | None) -> bool:
        """Wait to be woken, False after `timeout` seconds."""
        woken = self._signal.wait(timeout)
        if self.error is not None:
            # A copy each: one error may end many waits.
            raise copy.copy(self.error)
        return woken


class Waits:
    """The waits of one client and the one poll for all of them.

    `find_finished` is asked which of the awaited runs have finished: half a second after a wait begins,
    then ever less often up to `longest_delay`, and at once after `check_now`.
    """

    def __init__(
        self,
        find_finished: Callable[[list[UUID]], list[UUID]],
        *,
        first_delay: float,
        longest_delay: float,
    ) -> None:
        self._find_finished = find_finished
        self._first_delay = first_delay
        self._longest_delay = longest_delay
        self._waits: dict[UUID, list[Wait]] = {}
        # Taken for a moment and never across an await: threads share this object in the synchronous client.
        self._lock = threading.Lock()
        self._delay = first_delay
        self._due = math.inf
        self._looked = -math.inf
        self._changed = Signal()
        self._worker = Worker(self._poll, "agentpg-waits")
        self._started = False
        self.on_first_wait: Callable[[], None] | None = None
        self._stopping = False

    def add(self, run_id: UUID) -> Wait:
        """Begin to wait for a run; always followed by `remove`."""
        wait = Wait(run_id)
        with self._lock:
            if self._stopping:
                raise ClientStopping("the client is closing; it takes no new waits")
            self._waits.setdefault(run_id, []).append(wait)
            self._delay = self._first_delay
            self._due = min(self._due, time.monotonic() + jittered(self._delay))
            if not self._started:
                self._started = True
                self._worker.start()
                if self.on_first_wait is not None:
                    self.on_first_wait()
        self._changed.set()
        return wait

    def remove(self, wait: Wait) -> None:
        """End a wait."""
        with self._lock:
            waits = self._waits[wait.run_id]
            waits.remove(wait)
            if not waits:
                del self._waits[wait.run_id]
            if not self._waits:
                self._due = math.inf

    def hear(self, channel: str, payload: str) -> None:
        """Wake those who wait for the run a notification is about, if it says that the run has finished."""
        try:
            notice: dict[str, Any] = json.loads(payload)
            run_id = UUID(notice["run_id"])
            state = RunState(notice["state"])
        except (ValueError, KeyError, TypeError, AttributeError):
            _log.debug("notification on %s not understood: %r", channel, payload)
            return
        if channel != CHANNEL_RUN_FINALIZED and not state.is_terminal and state != RunState.AWAITING_INPUT:
            return
        if not self._wake(run_id):
            self._check_soon()

    def check_now(self) -> None:
        """Look into the database at once: notifications may have been missed."""
        with self._lock:
            if self._waits:
                self._due = time.monotonic()
        self._changed.set()

    def _check_soon(self) -> None:
        # Of runs that finish at once the database may announce one alone. So the end of another is a reason
        # to look for ours, but never sooner than the shortest delay after the last look.
        with self._lock:
            if not self._waits:
                return
            self._delay = self._first_delay
            self._due = min(self._due, max(time.monotonic(), self._looked + self._first_delay))
        self._changed.set()

    def stop(self) -> None:
        """Raise `ClientStopping` in all waits and end the poll."""
        with self._lock:
            self._stopping = True
        self._fail_all(ClientStopping("the client was closed during the wait; the run itself goes on"))
        self._changed.set()
        self._worker.stop()

    def _poll(self) -> None:
        while not self._stopping:
            with self._lock:
                remaining = self._due - time.monotonic()
            if remaining > 0:
                self._changed.wait(None if remaining == math.inf else remaining)
                self._changed.clear()
                continue
            with self._lock:
                run_ids = [
                    run_id for run_id, waits in self._waits.items() if not all(w.is_woken for w in waits)
                ]
                self._looked = time.monotonic()
                self._due = self._looked + jittered(self._delay) if self._waits else math.inf
                self._delay = min(self._delay * _GROWTH, self._longest_delay)
            if run_ids:
                self._check(run_ids)

    def _check(self, run_ids: list[UUID]) -> None:
        try:
            finished = self._find_finished(run_ids)
        except AgentPGError as error:
            if error.retryable:
                _log.warning("could not look for finished runs, will try again: %s", error)
            else:
                self._fail_all(error)
            return
        for run_id in finished:
            self._wake(run_id)

    def _wake(self, run_id: UUID) -> bool:
        with self._lock:
            waits = list(self._waits.get(run_id, ()))
        for wait in waits:
            wait.wake()
        return bool(waits)

    def _fail_all(self, error: AgentPGError) -> None:
        with self._lock:
            waits = [wait for waits in self._waits.values() for wait in waits]
        for wait in waits:
            wait.wake(error)
