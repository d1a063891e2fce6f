"""Looks at a batch at the provider: waits on, takes its results over, or cancels it."""

from __future__ import annotations

from typing import Any

from agentpg.claims import BatchTask

from . import events
from ._batch_ingest import ingest
from ._batch_step import BatchStep
from ._json import is_object
from .model import ModelCallFailed


async def poll(step: BatchStep, task: BatchTask) -> None:
    """One look; with its results, if it has ended."""
    provider_id = _provider_id(task)
    try:
        batch = await step.caller.retrieve(provider_id)
    except ModelCallFailed as error:
        await step.failed("asking for it", error.failure)
        return
    step.host.stats.batch_polls += 1
    await _go_on(step, task, batch)


async def cancel(step: BatchStep, task: BatchTask) -> None:
    """Asks the provider to cancel it; one that ended meanwhile has results as any other."""
    host, provider_id = step.host, _provider_id(task)
    try:
        batch = await step.caller.cancel(provider_id)
        host.log.info("batch %s: nobody waits for it any more, cancelled as %s", step.batch_id, provider_id)
    except ModelCallFailed as error:
        if error.failure.error.get("status") not in (400, 409):
            await step.failed("cancelling it", error.failure)
            return
        await poll(step, task)
        return
    await _go_on(step, task, batch)


async def _go_on(step: BatchStep, task: BatchTask, batch: dict[str, Any]) -> None:
    host = step.host
    following = await step.last_record(
        "record_batch_status", lambda: step.calls.record_batch_status(step.batch_id, step.token, batch)
    )
    if following == "wait":
        return
    if following == "closed":
        host.log.warning("batch %s: the provider no longer has its results", step.batch_id)
        return
    # The same lease goes on.
    step.lease.settling = False
    if task.task != "ingest":
        counts = _counts(batch)
        host.emit(events.BatchEnded(step.batch_id, str(task.provider_batch_id), counts))
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        host.log.info("batch %s: ended at the provider: %s", step.batch_id, told or "nothing")
    await ingest(step, batch)


def _counts(batch: dict[str, Any]) -> dict[str, Any]:
    counts = batch.get("request_counts")
    return counts if is_object(counts) else {}


def _provider_id(task: BatchTask) -> str:
    if task.provider_batch_id is None:
        raise RuntimeError(f"the task {task.task} came without the provider's id")
    return task.provider_batch_id
