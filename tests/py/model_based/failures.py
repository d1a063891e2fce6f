"""Model calls that gave no answer: every course, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .engine import Engine
from .limits import MODEL_ATTEMPTS
from .model import Run, World

ERRORS: list[tuple[str, dict[str, Any]]] = [
    ("retry", {"type": "api_error", "status": 500, "message": "oops"}),
    ("retry", {}),
    ("retry", {"type": "invalid_request_error", "status": 400, "should_retry": True}),
    ("pause", {"type": "rate_limit_error", "status": 429}),
    ("pause", {"type": "overloaded_error", "status": 200}),
    ("park", {"type": "authentication_error", "status": 401}),
    ("park", {"type": "rate_limit_error", "status": 429, "error_code": "workspace_spend_limit_reached"}),
    ("fail", {"type": "invalid_request_error", "status": 400}),
    ("fail", {"type": "overloaded_error", "status": 529, "should_retry": False}),
]


def settle_failure(
    world: World, engine: Engine, run: Run, course: str, error: str, wait: timedelta | None
) -> datetime | None:
    """Brings the model to where the database is; returns when the call is tried again, None for never."""
    now, queue = world.now, world.queues[run.model]
    backoff = timedelta(seconds=min(120, 2 ** (run.attempt - 1)))
    shortest, longest = (wait, wait * 1.1) if wait is not None else (backoff / 2, backoff)
    retry_at: datetime | None = None
    if course == "park":
        (attempt,) = engine.table(
            "select f.started_at from agentpg.failed_attempts f order by f.id desc limit 1"
        )
        # A refusal of a call that began before the queue was resumed says nothing about now.
        queue.parked = queue.parked or queue.resumed is None or attempt["started_at"] >= queue.resumed
        world.free(run, now, spent=-1)
        return now
    if course == "fail" or run.attempt >= MODEL_ATTEMPTS:
        world.end(run, "failed", error=error)
    else:
        retry_at = engine.rows("get_run", run_id=run.id)[0]["available_at"]
        assert now + shortest <= retry_at <= now + longest
        world.free(run, retry_at)
    if course == "pause":
        (row,) = engine.table(
            f"select paused_until from agentpg.queues where model = '{run.model}' and run_mode = 'streaming'"
        )
        until = now + wait if wait is not None else retry_at
        if until is not None:
            assert row["paused_until"] == max(until, queue.paused_until or until)
        else:
            assert now <= row["paused_until"] <= max(now + longest, queue.paused_until or now)
        queue.paused_until = row["paused_until"]
    return retry_at
