"""Batches in words: what waits, where each one stands, and how its requests came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ._ids import shortened
from ._screen import Pen, harmless
from ._table import Cell, fields, table
from ._words import count, dollars, moment, seconds

if TYPE_CHECKING:
    from agentpg import BatchProgress, BatchQueue

STYLES: dict[str, tuple[str, ...]] = {
    "unknown": ("yellow",),
    "ingested": ("green",),
    "abandoned": ("red",),
}


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request of a batch that came back without an answer."""

    ordinal: int
    run_id: UUID
    result_type: str
    error_type: str | None
    error_message: str | None
    run_state: str


def state_words(batch: BatchProgress) -> str:
    """Where a batch stands, in plain words."""
    if batch.state == "gathered":
        return "refused, sent again" if batch.failures else "waits to be sent"
    if batch.state == "submitted":
        return "being cancelled" if batch.status == "canceling" else "at the provider"
    return {
        "submitting": "being sent",
        "unknown": "perhaps sent, looked for",
        "ended": "results come in",
        "ingested": "done",
        "abandoned": "given up",
    }.get(batch.state.value, batch.state.value)


def queue_line(pen: Pen, queue: BatchQueue, now: datetime | None = None) -> str:
    """What waits for a batch: how many runs, since when, until when."""
    now = now or datetime.now(UTC)
    head = f"{pen.paint('waiting', 'bold')}  {count(queue.queued, 'run')} of {harmless(queue.model)}"
    if queue.parked_reason is not None:
        return f"{head}, {pen.paint('parked', 'red')}: {harmless(queue.parked_reason)}"
    if queue.paused_until is not None and queue.paused_until > now:
        return f"{head}, paused until {queue.paused_until.astimezone():%H:%M:%S}"
    if not queue.due:
        return f"{head}, the first from {moment(queue.oldest_at)}"
    later = queue.queued - queue.due
    rest = f" ({later:,} not before a later moment)" if later else ""
    until = queue.gathered_by
    gathered = f"within {seconds(until - now)}" if until is not None and until > now else "now"
    return f"{head}{rest}, the oldest for {seconds(_since(queue.oldest_at, now))}; gathered {gathered}"


def batch_table(pen: Pen, batches: Sequence[BatchProgress], *, provider_ids: bool = True) -> str:
    """One batch a line."""
    short = shortened(batch.batch_id for batch in batches)
    rows: list[list[Cell | str]] = []
    for batch in batches:
        row: list[Cell | str] = [short(batch.batch_id)]
        if provider_ids:
            row.append(batch.provider_batch_id or "")
        row += [
            Cell(state_words(batch), STYLES.get(batch.state.value, ())),
            f"{batch.settled:,}/{batch.request_count:,}",
            _elapsed(batch),
            dollars(batch.cost_usd) if batch.cost_usd is not None else "",
            dollars(batch.streaming_cost_usd) if batch.streaming_cost_usd is not None else "",
            batch.last_error or "",
        ]
        rows.append(row)
    heads = ["batch", "state", "done", "elapsed (usual)", "cost", "streamed", "last error"]
    if provider_ids:
        heads.insert(1, "provider id")
    first = heads.index("done")
    return table(pen, heads, rows, right=(first, first + 1, first + 2, first + 3))


def _since(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def _size(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB" if size >= 2**20 else f"{size / 2**10:,.1f} KiB"


def _elapsed(batch: BatchProgress) -> str:
    if batch.elapsed is None:
        return ""
    usual = f" ({seconds(batch.usual)})" if batch.usual is not None and not batch.is_over else ""
    return seconds(batch.elapsed) + usual


def batch_page(pen: Pen, batch: BatchProgress, failed: Sequence[FailedRequest] | None) -> str:
    """Everything about one batch; `failed` is None where it may not be seen."""
    state = pen.paint(state_words(batch), *STYLES.get(batch.state.value, ("cyan",)))
    cost = None
    if batch.cost_usd is not None:
        cost = f"{dollars(batch.cost_usd)}; streamed it had been {dollars(batch.streaming_cost_usd)}"
    usual = f" (usually {seconds(batch.usual)})" if batch.usual is not None else ""
    head = fields(
        pen,
        [
            ("batch", str(batch.batch_id)),
            ("provider id", batch.provider_batch_id),
            ("state", batch.state.value),
            ("provider says", batch.status.value if batch.status else None),
            ("requests", f"{batch.request_count:,} ({_size(batch.request_bytes)})"),
            ("done", f"{batch.settled:,}{_results(batch)}"),
            ("gathered", moment(batch.created_at)),
            ("sent", _sent(batch)),
            ("elapsed", f"{seconds(batch.elapsed)}{usual}" if batch.elapsed else None),
            ("ended", moment(batch.ended_at)),
            ("given up by", moment(batch.expires_at) if not batch.is_over and not batch.ended_at else None),
            ("next look", moment(batch.next_poll_at)),
            ("closed", moment(batch.closed_at)),
            ("cancelled", moment(batch.cancel_requested_at)),
            ("failed steps", f"{batch.failures} in a row" if batch.failures else None),
            ("last error", batch.last_error),
            ("cost", cost),
        ],
    )
    return "\n\n".join(part for part in (f"{state}\n{head}", _failed_table(pen, batch, failed)) if part)


def _results(batch: BatchProgress) -> str:
    kinds = ("succeeded", "errored", "canceled", "expired", "withdrawn")
    counted = [f"{getattr(batch, kind):,} {kind}" for kind in kinds if getattr(batch, kind)]
    if batch.kept:
        counted.append(f"{batch.kept:,} kept until their session is free")
    return f" ({', '.join(counted)})" if counted else ""


def _sent(batch: BatchProgress) -> str | None:
    times = f", begun {count(batch.submissions, 'time')}" if batch.submissions > 1 else ""
    if batch.submitted_at is None:
        return f"begun {count(batch.submissions, 'time')}, not accepted" if batch.submissions else None
    return f"{moment(batch.submitted_at)}{times}"


def _failed_table(pen: Pen, batch: BatchProgress, failed: Sequence[FailedRequest] | None) -> str:
    total = batch.errored + batch.canceled + batch.expired
    if not total:
        return ""
    title = pen.paint(f"{count(total, 'request')} without an answer", "bold")
    if failed is None:
        return f"{title} (only the owner of the schema may see which)"
    short = shortened(request.run_id for request in failed)
    rows: list[list[Cell | str]] = [
        [
            short(request.run_id),
            str(request.ordinal),
            request.result_type,
            Cell(request.run_state, ("red",) if request.run_state == "failed" else ()),
            ": ".join(part for part in (request.error_type, request.error_message) if part),
        ]
        for request in failed
    ]
    more = f"\n{total - len(failed):,} more" if total > len(failed) else ""
    return f"{title}\n{table(pen, ('run', 'no.', 'result', 'run is now', 'error'), rows, right=(1,))}{more}"


def failed_requests(url: str, batch: BatchProgress, max_count: int = 50) -> list[FailedRequest] | None:
    """The first requests without an answer; None when the role may not read the tables."""
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(url, autocommit=True, connect_timeout=10, prepare_threshold=None) as connection:
        try:
            rows: list[dict[str, Any]] = (
                connection.cursor(row_factory=dict_row)
                .execute(_FAILED, {"batch_id": batch.batch_id, "max_count": max_count})
                .fetchall()
            )
        except psycopg.errors.InsufficientPrivilege:
            return None
    return [FailedRequest(**row) for row in rows]


# The failed attempt is the one that began when the batch was sent; where it is gone, the last of its call.
_FAILED = """
select m.ordinal, m.run_id, m.result_type, f.error_type, f.error_message, r.state::text as run_state
from agentpg.batch_members m
join agentpg.batches b on b.id = m.batch_id
join agentpg.runs r on r.id = m.run_id
left join lateral (
  select a.error_type, a.error_message
  from agentpg.failed_attempts a
  where a.run_id = m.run_id and a.iteration_id = m.iteration_id
  order by a.started_at = b.submitted_at desc nulls last, a.id desc
  limit 1
) f on true
where m.batch_id = %(batch_id)s and m.result_type <> 'succeeded'
order by m.ordinal
limit %(max_count)s
"""
