"""Finds out whether the provider has a batch of which nobody knows if it arrived."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from agentpg.claims import BatchTask

from ._batch_lines import first_line
from ._batch_step import BatchStep
from ._json import is_object
from .model import ModelCallFailed, StreamBroken, download_failed

# Two clocks and a long upload.
MARGIN = timedelta(minutes=10)


async def reconcile(step: BatchStep, task: BatchTask) -> None:
    """Adopts it if it is proven to be ours, has it sent again if it is not there, else waits."""
    try:
        await _search(step, task)
    except ModelCallFailed as error:
        await step.failed("looking for it at the provider", error.failure)


async def _search(step: BatchStep, task: BatchTask) -> None:
    host = step.host
    if task.submission_started_at is None:
        raise RuntimeError("a batch that was never sent is looked for")
    listed = await step.caller.created_since(task.submission_started_at - MARGIN)
    by_id = {str(batch["id"]): batch for batch in listed}
    while True:
        step.lease.settling = True
        suspects = await step.record(
            "record_batch_candidates",
            lambda: step.calls.record_batch_candidates(step.batch_id, step.token, listed),
        )
        if not suspects:
            host.log.info("batch %s: looked for among %d batches of the provider", step.batch_id, len(listed))
            return
        step.lease.settling = False
        for provider_id in suspects:
            custom_id = await _custom_id_in(step, by_id[provider_id])
            if await _is_ours(step, provider_id, custom_id):
                host.log.info("batch %s: found at the provider as %s", step.batch_id, provider_id)
                host.batches_wake.set()
                return


async def _is_ours(step: BatchStep, provider_id: str, custom_id: str | None) -> bool:
    step.lease.settling = True
    ours = await step.record(
        "record_batch_proof",
        lambda: step.calls.record_batch_proof(step.batch_id, step.token, provider_id, custom_id),
    )
    step.lease.settling = ours
    return ours


async def _custom_id_in(step: BatchStep, batch: dict[str, Any]) -> str | None:
    """The custom_id of the first result; None if the batch has no results to show."""
    try:
        async with step.caller.results(batch) as pieces:
            line = await first_line(pieces)
    except ModelCallFailed as error:
        if error.failure.error.get("status") == 404:
            return None
        raise
    except Exception as error:
        raise download_failed(error) from error
    if line is None:
        return None
    try:
        result = json.loads(line)
    except ValueError as error:
        raise download_failed(error) from error
    custom_id = result.get("custom_id") if is_object(result) else None
    if not isinstance(custom_id, str):
        raise download_failed(StreamBroken("a result without a custom_id"))
    return custom_id
