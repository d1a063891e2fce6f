"""Turns that go wrong: HTTP errors, broken streams, slow and lost responses, batch items that fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ._gate import Gate
from ._turns import Fault, FaultKind, Part, Turn, as_turn


def fault(
    status: int = 500,
    *,
    retry_after: float | str | None = None,
    should_retry: bool | None = None,
    error_type: str | None = None,
    error_code: str | None = None,
    message: str | None = None,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    delay: float = 0.0,
) -> Turn:
    """An HTTP error instead of an answer; no work is done and nothing billed.

    `retry_after` is seconds or an HTTP date; `should_retry` sends `x-should-retry`. `error_code` goes into
    `details`, as in `fault(429, error_code="enforced_spend_limit_reached")`.
    """
    return Turn(
        delay=delay,
        fault=Fault(
            "status",
            status=status,
            retry_after=retry_after,
            should_retry=should_retry,
            error_type=error_type,
            error_code=error_code,
            message=message,
            details=dict(details or {}),
            headers=dict(headers or {}),
        ),
    )


def _broken(kind: FaultKind, turn: Part, **fields: Any) -> Turn:
    return replace(as_turn(turn), fault=Fault(kind, **fields))


def cut(turn: Part = "Cut short.", *, after: int = 3) -> Turn:
    """The stream ends cleanly after `after` events, without `message_stop`. A JSON answer stops half way."""
    return _broken("cut", turn, after=after)


def reset(turn: Part = "Never finished.", *, after: int | None = None) -> Turn:
    """The connection is reset after `after` events; before the response headers when `after` is None."""
    return _broken("reset", turn, after=after)


def drop(turn: Part = "Never finished.", *, after: int | None = None) -> Turn:
    """The connection is closed, not reset, after `after` events; before the response when `after` is None."""
    return _broken("drop", turn, after=after)


def lost(turn: Part = "Nobody will see this.") -> Turn:
    """The work is done and billed, and the connection is reset before the response begins."""
    return _broken("lost", turn)


def error_event(
    turn: Part = "Interrupted.",
    *,
    after: int = 3,
    error_type: str = "overloaded_error",
    message: str | None = None,
    error_code: str | None = None,
) -> Turn:
    """An `error` event after `after` events of a stream. JSON: the same error as an HTTP status."""
    return _broken(
        "error_event", turn, after=after, error_type=error_type, message=message, error_code=error_code
    )


def garbage(turn: Part = "Garbled.", *, after: int = 3) -> Turn:
    """An event whose data is not JSON after `after` events; a JSON answer that does not parse."""
    return _broken("garbage", turn, after=after)


def hang(turn: Part = "Late.", *, after: int | None = None, seconds: float | None = None) -> Turn:
    """Silence after `after` events (None: before the headers), for `seconds` or until the client gives up.

    No pings are sent meanwhile, so a client's read timeout sees it.
    """
    return _broken("hang", turn, after=after, seconds=seconds)


def slow(turn: Part, seconds: float) -> Turn:
    """The turn, its headers delayed. In a batch: an item that takes this much longer than the batch does."""
    return replace(as_turn(turn), delay=seconds)


def held(turn: Part, gate: Gate, *, after: int | None = None) -> Turn:
    """The turn, waiting at a gate before its headers, or after `after` events."""
    return replace(as_turn(turn), gate=gate, gate_after=after)


def expired() -> Turn:
    """Batches only: the item's result is `expired`."""
    return Turn(fault=Fault("expired"))


def canceled() -> Turn:
    """Batches only: the item's result is `canceled`."""
    return Turn(fault=Fault("canceled"))
