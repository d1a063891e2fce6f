"""A Message on its way to the client: JSON or events, and everything that can go wrong under way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ._errors import ApiError, status_of_type
from ._gate import Gate
from ._reply import Pause, Reply, Signal, Step
from ._settings import Settings
from ._sse import PING, Event, event, stream_events
from ._tokens import dumps
from ._turns import Fault, Json, Turn

_NOT_JSON = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"ty\n\n'


def refuse(fault: Fault) -> ApiError:
    """The HTTP error a status fault stands for."""
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    if fault.should_retry is not None:
        headers["x-should-retry"] = "true" if fault.should_retry else "false"
    return ApiError(
        fault.status,
        fault.message,
        error_type=fault.error_type,
        error_code=fault.error_code,
        details=fault.details,
        headers=headers,
    )


def waits_of(turn: Turn, *, stream: bool = False) -> list[Pause | Gate]:
    """What a response waits for before its headers. A JSON answer waits there for every gate."""
    waits: list[Pause | Gate] = []
    if turn.delay:
        waits.append(Pause(turn.delay))
    if turn.gate is not None and (turn.gate_after is None or not stream):
        waits.append(turn.gate)
    if turn.fault is not None and turn.fault.kind == "hang" and turn.fault.after is None:
        waits.append(Pause(turn.fault.seconds))
    return waits


def drops(fault: Fault | None) -> Signal | None:
    """How the connection ends instead of a response, if it does."""
    if fault is None or fault.after is not None:
        return None
    if fault.kind == "drop":
        return Signal.CLOSE
    return Signal.RESET if fault.kind in ("lost", "reset") else None


def does_no_work(fault: Fault | None) -> bool:
    """Whether the connection ends before the model has done anything."""
    return fault is not None and fault.kind in ("reset", "drop") and fault.after is None


def deliver(message: Json, turn: Turn, settings: Settings, *, stream: bool) -> Reply:
    """The response that carries a message, with the turn's fault in it."""
    reply = _streamed(message, turn, settings) if stream else _whole(dumps(message).encode(), turn.fault)
    reply.waits = waits_of(turn, stream=stream)
    reply.drop = drops(turn.fault)
    return reply


def _whole(body: bytes, fault: Fault | None) -> Reply:
    reply = Reply(200, {"content-type": "application/json"}, body)
    if fault is None or fault.after is None:
        return reply
    if fault.kind == "error_event":
        raise ApiError(
            status_of_type(fault.error_type or "api_error"),
            fault.message,
            error_type=fault.error_type,
            error_code=fault.error_code,
        )
    half = body[: len(body) // 2]
    if fault.kind == "garbage":
        reply.body = half
    elif fault.kind == "hang":
        reply.steps = [half, Pause(fault.seconds), body[len(half) :]]
    else:
        reply.steps = [half, Signal.RESET if fault.kind == "reset" else Signal.CLOSE]
    return reply


def _streamed(message: Json, turn: Turn, settings: Settings) -> Reply:
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    events = stream_events(message, delta_chars=settings.delta_chars, cut_input=turn.cut_input)
    pace = settings.pace if turn.pace is None else turn.pace
    plain = turn.fault is None and not turn.events and turn.gate_after is None and not pace
    steps: Iterator[Step]
    if plain:
        steps = iter((b"".join([item.data for item in events]),))
    else:
        steps = _paced(_with_extras(events, turn), turn, pace)
    if settings.chunk_bytes:
        steps = _chunked(steps, settings.chunk_bytes)
    return Reply(200, headers, steps=steps)


def _with_extras(events: list[Event], turn: Turn) -> Iterator[Event]:
    """The events with those of the turn inserted; pings do not count."""
    sent = 0
    for item in events:
        for after, name, data in turn.events:
            if after == sent and item.data is not PING:
                yield Event(event(name, data))
        yield item
        sent += item.data is not PING


def _paced(events: Iterator[Event], turn: Turn, pace: float) -> Iterator[Step]:
    sent = 0
    for item in chain(events, (None,)):
        ping = item is not None and item.data is PING
        if not ping:
            if turn.gate is not None and turn.gate_after == sent:
                yield turn.gate
            if turn.fault is not None and turn.fault.after == sent:
                yield from _break(turn.fault)
                if turn.fault.kind != "hang":
                    return
        if item is None:
            return
        if pace and item.delta:
            yield Pause(pace, pings=True)
        yield item.data
        sent += not ping


def _break(fault: Fault) -> Iterator[Step]:
    if fault.kind == "reset":
        yield Signal.RESET
    elif fault.kind == "drop":
        yield Signal.CLOSE
    elif fault.kind == "hang":
        yield Pause(fault.seconds)
    elif fault.kind == "garbage":
        yield _NOT_JSON
    elif fault.kind == "error_event":
        error = ApiError(
            status_of_type(fault.error_type or "api_error"),
            fault.message,
            error_type=fault.error_type,
            error_code=fault.error_code,
        )
        yield event("error", {"type": "error", "error": error.error(), "request_id": None})


def _chunked(steps: Iterator[Step], size: int) -> Iterator[Step]:
    """Cut the bytes into pieces of one size, wherever lines and characters end."""
    pending = b""
    for step in steps:
        if isinstance(step, bytes):
            pending += step
            while len(pending) >= size:
                yield pending[:size]
                pending = pending[size:]
        else:
            if pending:
                yield pending
                pending = b""
            yield step
    if pending:
        yield pending
