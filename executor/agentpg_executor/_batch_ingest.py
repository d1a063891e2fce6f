"""Takes over the results of a batch while they arrive: bytes from the provider, bytes to the database."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from agentpg.claims import IngestedResults
from agentpg.errors import AgentPGError

from . import events
from ._batch_lines import chunks_of_lines
from ._batch_step import BatchStep
from ._text import clean_json
from .model import ModelCallFailed, download_failed

# What Postgres says of text that is not JSON, or that it cannot store: 22P02, 22P05, 22021, 22003, 54000.
_UNREADABLE = ("22", "54")


async def ingest(step: BatchStep, batch: dict[str, Any]) -> None:
    """Reads the results to their end. What was taken over stays, wherever that breaks off."""
    reader = _Reader(step)
    started = time.monotonic()
    try:
        async with step.caller.results(batch) as pieces:
            await reader.read(pieces)
    except ModelCallFailed as error:
        await step.failed(f"reading its results ({reader.lines} so far)", error.failure)
        return
    host = step.host
    over = await step.last_record(
        "record_batch_ingested",
        lambda: step.calls.record_batch_ingested(step.batch_id, step.token, reader.lines),
    )
    seconds = time.monotonic() - started
    if not over:
        host.stats.batch_failures += 1
        host.log.warning(
            "batch %s: %d results arrived, not all of them; they are read once more",
            step.batch_id,
            reader.lines,
        )
        return
    host.stats.batches_ingested += 1
    host.runs_wake.set()
    host.tools_wake.set()
    host.emit(
        events.BatchIngested(
            step.batch_id, str(batch["id"]), reader.lines, reader.settled, reader.stored, seconds
        )
    )
    kept = f", {reader.stored} kept until their session is free" if reader.stored else ""
    host.log.info("batch %s: %d results taken over in %.1f s%s", step.batch_id, reader.lines, seconds, kept)


class _Reader:
    """Counts what arrived. One chunk is recorded while the next one is downloaded."""

    def __init__(self, step: BatchStep) -> None:
        self._step = step
        self.lines = 0
        self.settled = 0
        self.stored = 0
        self._told = False

    async def read(self, pieces: AsyncIterator[bytes]) -> None:
        recording: asyncio.Task[None] | None = None
        try:
            async for lines in _downloaded(pieces):
                if recording is not None:
                    await recording
                recording = asyncio.create_task(self._take_over(lines))
            if recording is not None:
                await recording
        except ModelCallFailed:
            # Torn here; the chunk on its way is as good as any.
            if recording is not None:
                await recording
            raise
        finally:
            if recording is not None:
                recording.cancel()
                await asyncio.gather(recording, return_exceptions=True)

    async def _take_over(self, lines: list[bytes]) -> None:
        try:
            await self._record(lines)
        except AgentPGError as error:
            if not _is_unreadable(error):
                raise
            if len(lines) > 1:
                # One of them is garbage, and the others must not suffer.
                for line in lines:
                    await self._take_over([line])
                return
            await self._take_over_garbage(lines[0], error)

    async def _take_over_garbage(self, line: bytes, error: AgentPGError) -> None:
        """A line that Postgres does not read: mended where only characters are at fault, else left out.

        What is left out is not counted, so the database has the results read again before it gives up.
        """
        try:
            mended, _ = clean_json(json.loads(line))
            await self._record([json.dumps(mended, ensure_ascii=False).encode()])
        except (ValueError, RecursionError, AgentPGError) as still:
            if isinstance(still, AgentPGError) and not _is_unreadable(still):
                raise
            self._step.host.stats.batch_failures += 1
            self._step.host.log.error(
                "batch %s: a line of its results cannot be read: %s: %.200r",
                self._step.batch_id, error.message, line,
            )  # fmt: skip

    async def _record(self, lines: list[bytes]) -> None:
        step = self._step
        results = b"[" + b",".join(lines) + b"]"
        done: IngestedResults = await step.record(
            "record_batch_results",
            lambda: step.calls.record_batch_results(step.batch_id, step.token, results),
        )
        self.lines += len(lines)
        self.settled += done.settled
        self.stored += done.stored
        step.host.stats.batch_results += done.settled + done.stored
        if done.ignored and not self._told:
            self._told = True
            step.host.log.warning(
                "batch %s: %d results were of no use: not of this batch, or for runs that are just ending",
                step.batch_id,
                done.ignored,
            )


async def _downloaded(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """The chunks; whatever ends the download too early is a `ModelCallFailed`."""
    chunks = chunks_of_lines(pieces)
    while True:
        try:
            lines = await anext(chunks)
        except StopAsyncIteration:
            return
        except Exception as error:
            raise download_failed(error) from error
        yield lines


def _is_unreadable(error: AgentPGError) -> bool:
    return error.code is not None and error.code[:2] in _UNREADABLE
