"""After each step: the database against the model, and every request against the API's own rules."""

from __future__ import annotations

from typing import Any

from agentpg_executor.testing import validate_request

from .engine import Engine
from .limits import TERMINAL
from .model import Block, Run, World

_UNTIL = {"scheduled", "retry", "queue_paused", "tool_delayed", "model_call", "tool_running"}
_RUNS = """
select r.id, r.state, r.blocked, r.attempt, r.rescue_attempts, r.iteration_number, r.continuations,
  r.open_tools, r.stop_reason, r.error_type, r.lease_token, r.lease_expires_at, r.available_at, q.model,
  w.reason, w.detail, w.until
from agentpg.runs r
join agentpg.queues q on q.id = r.queue_id
cross join lateral agentpg.why_waiting(r.id) w
"""
_CALLS = """
select e.tool_use_id, e.run_id, e.state, e.attempt, e.snooze_count, e.is_error, e.available_at,
  case when e.state = 'running' then e.lease_token end as lease_token,
  case when e.state = 'running' then e.lease_expires_at end as lease_expires_at
from agentpg.tool_executions e
"""
_MESSAGES = "select m.* from agentpg.messages m order by m.session_id, m.seq"


def same(found: Any, wanted: Any) -> None:
    assert wanted == found, f"\n  found {found}\n wanted {wanted}"


def compare(world: World, engine: Engine) -> None:
    """AssertionError where the database is not as the model says, or breaks a rule of its own."""
    broken = engine.table("select * from agentpg.invariant_violations")
    assert not broken, broken
    _compare_runs(world, engine)
    _compare_calls(world, engine)
    _compare_transcripts(world, engine)
    parked = engine.table("select q.model from agentpg.queues q where q.parked_at is not null")
    same({row["model"] for row in parked}, {model for model, queue in world.queues.items() if queue.parked})


def _compare_runs(world: World, engine: Engine) -> None:
    rows = {row["id"]: row for row in engine.table(_RUNS)}
    assert rows.keys() == {run.id for run in world.runs}
    for run in world.runs:
        row = rows[run.id]
        found = tuple(
            row[name]
            for name in (
                *("state", "blocked", "attempt", "rescue_attempts", "iteration_number", "continuations"),
                *("open_tools", "stop_reason", "error_type", "lease_token", "lease_expires_at", "model"),
            )
        )
        token = run.lease.token if run.lease else None
        wanted = (
            *(run.state, run.blocked, run.attempt, run.rescues, run.iteration, run.continuations),
            *(len(run.open_calls), run.stop, run.error, token, run.expires, run.model),
        )
        same(found, wanted)
        if run.state == "pending":
            same(row["available_at"], run.available)
        _check_waiting(run, row, world)


def _check_waiting(run: Run, row: dict[str, Any], world: World) -> None:
    """Nothing waits for ever: what is not over waits for something that comes."""
    assert (row["reason"] == "finished") == (run.state in TERMINAL), row
    assert row["detail"]
    if row["reason"] in _UNTIL:
        assert row["until"] is not None, row
        assert row["until"] > world.now or row["reason"] in ("model_call", "tool_running"), row
    assert (row["reason"] == "earlier_run") == run.blocked, row
    lost = run.expires is not None and run.expires < world.now
    assert (row["reason"] == "worker_lost") == lost, row
    if run.state == "pending" and not run.blocked and run.available <= world.now:
        queue = world.queues[run.model]
        if queue.parked:
            assert row["reason"] == "parked", row
        elif not queue.open(world.now):
            assert row["reason"] == "queue_paused", row


def _compare_calls(world: World, engine: Engine) -> None:
    rows = {row["tool_use_id"]: row for row in engine.table(_CALLS)}
    assert rows.keys() == {call.use_id for call in world.calls}
    for call in world.calls:
        row = rows[call.use_id]
        token = call.lease.token if call.lease else None
        names = ("run_id", "state", "attempt", "snooze_count", "is_error", "lease_token", "lease_expires_at")
        wanted = (call.run.id, call.state, call.attempt, call.snoozes, call.is_error, token, call.expires)
        same(tuple(row[name] for name in names), wanted)
        if call.state == "pending":
            same(row["available_at"], call.available)


def _compare_transcripts(world: World, engine: Engine) -> None:
    messages: dict[Any, list[dict[str, Any]]] = {session.id: [] for session in world.sessions}
    for row in engine.table(_MESSAGES):
        messages[row["session_id"]].append(row)
    for session in world.sessions:
        found = messages[session.id]
        begin = session.inherited + 1
        assert [row["seq"] for row in found] == list(range(begin, begin + len(found)))
        said = [(row["role"], row["content"]) for row in found]
        own = session.transcript[session.inherited :]
        same(turns(said), turns(own))
        assert len(said) == len(own)


def turns(said: list[tuple[str, list[Block]]]) -> list[tuple[str, list[Block]]]:
    """Neighbours of one role joined; results that stand together are sorted, as any order of them will do."""
    merged: list[tuple[str, list[Block]]] = []
    for role, content in said:
        if merged and merged[-1][0] == role:
            merged[-1][1].extend(content)
        else:
            merged.append((role, list(content)))
    return [(role, sorted(blocks, key=lambda b: b.get("tool_use_id", "~"))) for role, blocks in merged]


def sendable(said: list[tuple[str, list[Block]]]) -> list[tuple[str, list[Block]]]:
    """Calls of the API's own tools that a later prompt overtook are not sent again."""
    prompts = [place for place, (_, blocks) in enumerate(said) if blocks[-1]["type"] == "text"]
    last = max((place for place in prompts if said[place][0] == "user"), default=-1)
    kept: list[tuple[str, list[Block]]] = []
    for place, (role, blocks) in enumerate(said):
        sent = [block for block in blocks if place > last or block["type"] != "server_tool_use"]
        if sent:
            kept.append((role, sent))
    return kept


def check_request(run: Run, request: dict[str, Any]) -> None:
    """The request is the run's transcript under the frozen prefix, and the API would take it."""
    assert request["model"] == run.model
    assert [tool["name"] for tool in request.get("tools", [])] == run.tools
    sent = [(message["role"], message["content"]) for message in request["messages"]]
    same(turns(sent), turns(sendable(turns(run.session.shown))))
    problem = validate_request(request)
    assert problem is None, f"the API refuses the request: {problem}"
