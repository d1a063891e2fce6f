"""Sends a gathered batch to the provider, exactly once as far as anybody can know."""

from __future__ import annotations

from typing import Any

from agentpg.claims import BatchClaim
from agentpg.errors import InvalidInput, LeaseLost

from . import events
from ._batch_step import BatchStep
from .model import BatchBody, Failure, ModelCallFailed

CANCEL_ATTEMPTS = 5


async def submit(step: BatchStep, claim: BatchClaim) -> None:
    """Writes down that it is sent, sends it, and records the answer. Nothing is sent twice here."""
    host = step.host
    await host.vault.fill_batch(claim.requests)
    left = await step.record(
        "start_batch_submission", lambda: step.calls.start_batch_submission(step.batch_id, step.token)
    )
    body = BatchBody(request for request in claim.requests if request.custom_id not in left)
    count = len(body.requests)
    claim.requests.clear()
    if count == 0:
        host.log.info("batch %s: all its runs have ended, it is not sent", step.batch_id)
        await step.last_record(
            "release_batches", lambda: step.calls.release_batches(host.instance_id, [step.batch_id])
        )
        return
    host.log.debug("batch %s: sending %d requests, %d bytes", step.batch_id, count, body.length)
    try:
        accepted = await step.caller.create(body)
    except ModelCallFailed as error:
        await step.failed("sending it", error.failure)
        return
    size = body.length
    body.requests.clear()
    await _record(step, accepted, count, size)


async def _record(step: BatchStep, accepted: dict[str, Any], count: int, size: int) -> None:
    host = step.host
    provider_id = str(accepted.get("id"))
    try:
        await step.last_record(
            "record_batch_submitted",
            lambda: step.calls.record_batch_submitted(step.batch_id, step.token, accepted),
        )
    except LeaseLost as error:
        host.stats.writes_refused += 1
        host.log.warning("batch %s: %s was one too many: %s", step.batch_id, provider_id, error.message)
        await _cancel(step, provider_id)
        return
    except InvalidInput as error:
        # Something was accepted under an answer that nobody understands: it is looked for.
        failure = Failure({"type": "invalid_response", "message": error.message, "status": 200})
        await step.failed("understanding the answer to it", failure)
        return
    host.stats.batches_submitted += 1
    host.emit(events.BatchSubmitted(step.batch_id, provider_id, count))
    host.log.info("batch %s: sent as %s, %d requests, %.1f MB", step.batch_id, provider_id, count, size / 1e6)


async def _cancel(step: BatchStep, provider_id: str) -> None:
    """Ours, and nobody waits for its answers: whatever is not done yet need not be paid for."""
    host = step.host
    for attempt in range(CANCEL_ATTEMPTS):
        try:
            await step.caller.cancel(provider_id)
        except ModelCallFailed as error:
            host.log.warning("cannot cancel %s: %s", provider_id, error)
            await host.pause(2.0**attempt)
        else:
            host.log.info("batch %s: %s is cancelled at the provider", step.batch_id, provider_id)
            return
        if host.stopped.is_set():
            break
    host.log.error("provider batch %s is not needed and could not be cancelled", provider_id)
