"""Mistakes put into the engine on purpose: the proof that the model would notice them."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from .engine import Row


@dataclass(frozen=True)
class Mutation:
    """In the body of `function`, `right` becomes `wrong`."""

    name: str
    function: str
    right: str
    wrong: str = ""

    def apply(self, conn: psycopg.Connection[Row]) -> None:
        row = conn.execute(
            "select pg_get_functiondef(p.oid) as body from pg_proc p"
            " where p.pronamespace = 'agentpg'::regnamespace and p.proname = %s",
            [self.function],
        ).fetchone()
        assert row is not None
        assert row["body"].count(self.right) == 1, f"{self.name}: the body has changed"
        conn.execute(sql.SQL(row["body"].replace(self.right, self.wrong)))


MUTATIONS = [
    Mutation(
        "the end of a run leaves its calls open",
        "_finalize_run",
        "perform agentpg._close_open_calls(",
        "perform concat(",
    ),
    Mutation(
        "any token is good for a model call",
        "_leased_run",
        "and v_run.lease_token = lease_token",
        "and v_run.lease_token is not null",
    ),
    Mutation(
        "any token is good for a tool call",
        "_leased_execution",
        "and e.lease_token = _leased_execution.lease_token",
    ),
    Mutation(
        "the next run of the session is forgotten",
        "_finalize_run",
        "if not (_finalize_run.run).blocked then",
        "if false then",
    ),
    Mutation(
        "a failed attempt does not count", "_fail_attempt", "v_spent integer := 0", "v_spent integer := -1"
    ),
    Mutation("parking counts an attempt", "_fail_attempt", "v_spent := -1", "v_spent := 0"),
    Mutation("a snooze counts an attempt", "snooze_tool", "v_execution.attempt - 1", "v_execution.attempt"),
    Mutation(
        "a lost worker counts as an attempt", "_rescue_run", "attempt = r.attempt - 1", "attempt = r.attempt"
    ),
    Mutation("lost workers are not counted", "_rescue_run", "r.rescue_attempts + 1", "r.rescue_attempts"),
    Mutation("a waiting run stays when its session moves on", "_await_input", "n.blocked", "false"),
    Mutation(
        "one model call too many",
        "_next_iteration",
        "run.iteration_number >= coalesce(",
        "run.iteration_number > coalesce(",
    ),
    Mutation("a parked queue is claimed from", "_claim_levels", "q.parked_at is null and"),
    Mutation(
        "a fenced worker keeps its tool calls", "_fence_incarnations", "perform agentpg.release_tools(v_id);"
    ),
    Mutation(
        "a fenced worker may go on", "_check_instance", "if v_fenced_at is not null then", "if false then"
    ),
    Mutation("a release counts an attempt", "release_runs", "attempt = r.attempt - 1", "attempt = r.attempt"),
    Mutation("a key takes any request", "_repeated_run", "found and v_hash <> request_hash", "false"),
    Mutation(
        "a call nobody offers waits for ever",
        "_unserved_calls",
        "e.available_at < _unserved_calls.before",
        "false",
    ),
    Mutation("no truce after all were silent", "_may_rescue", "coalesce(l.rescue_after <= at, true)", "true"),
    Mutation(
        "open calls of the API's own tools are sent again",
        "_without_open_server_calls",
        "width_bucket(m.place, v_prompts) = cardinality(v_prompts)",
        "true",
    ),
    Mutation(
        "a counted abandoned call is taken for an answer", "record_response", "and t.stop_reason is not null"
    ),
    Mutation("a superseded turn is shown", "_context_messages", "s.superseded_seqs)", "null)"),
    Mutation("a fork counts its messages from one", "_append_message", "s.forked_at_seq into", "null into"),
    Mutation("nothing is said for a cut answer", "_needs_prompt", "m.role = 'assistant' and", "false and"),
]
