"""With 1,000,000 finished and 100,000 pending runs, a call reads what its work needs, whatever the backlog.

Rows are those of the tables that grow; pages are all that were looked at, written ones too. The bounds are
two to three times what was measured, and one part in a thousand of what a scan would read.
"""

from __future__ import annotations

import pytest

from .conftest import Meter

pytestmark = pytest.mark.timeout(300)

CALLER = "'000000a3-0000-7000-8000-000000000001'"
AGENT = "'000000a2-0000-7000-8000-000000000001'"
RARE_AGENT = "'000000a2-0000-7000-8000-000000000002'"


def of(kind: str, number: int) -> str:
    return f"'{kind}-0000-7000-8000-{number:012x}'::uuid"


def run(number: int) -> str:
    return of("00000001", number << 16)


def call(number: int) -> str:
    """The first model call of the run."""
    return of("00000001", (number << 16) + 1)


def session(number: int) -> str:
    return of("00000002", number)


def reply(stop_reason: str, block: str = '{"type": "text", "text": "Well."}') -> str:
    return f'\'{{"role": "assistant", "content": [{block}], "stop_reason": "{stop_reason}"}}\''


FINISHED, DUE, SCHEDULED, BEHIND = run(5), run(1000001), run(1060000), run(1080005)
# In session 2000000, with 10,001 messages and a thousand runs behind it; the caller holds all streaming runs.
LONG, LONG_CALL = run(1100001), call(1100001)
STREAMING, SHORT_CALL = run(1100002), call(1100002)
WITH_TOOLS = run(3000001)
CALL = '{"type": "tool_use", "id": "toolu_x", "name": "lookup", "input": {}}'


@pytest.mark.parametrize(
    ("statement", "returned", "rows", "pages"),
    [
        (f"select * from agentpg.claim_runs({CALLER})", 1, 25, 250),
        (f"select * from agentpg.claim_runs({CALLER}, max_count => 10)", 10, 120, 1000),
        (
            f"select * from agentpg.claim_runs({CALLER}, run_ids => array[{DUE}, {SCHEDULED}, {BEHIND}])",
            1,
            25,
            250,
        ),
        (f"select * from agentpg.claim_runs({CALLER}, run_ids => array[{SCHEDULED}, {BEHIND}])", 0, 10, 100),
        (f"select * from agentpg.claim_tool_executions({CALLER})", 1, 55, 320),
        (f"select * from agentpg.claim_tool_executions({CALLER}, 10)", 10, 200, 2500),
        (
            f"select * from agentpg.claim_tool_executions({CALLER}, run_ids => array[{WITH_TOOLS}])",
            1,
            250,
            500,
        ),
    ],
)
def test_a_claim_reads_what_it_takes(
    meter: Meter, statement: str, returned: int, rows: int, pages: int
) -> None:
    touched = meter.touched(statement, rows=returned)
    assert touched.total <= rows, touched
    assert touched.pages <= pages, touched


def test_a_claim_of_a_mode_with_nothing_due_reads_nothing(meter: Meter) -> None:
    """29,000 scheduled, 20,000 paused, 20,000 behind others and 30,000 in batch mode are not looked at."""
    touched = meter.touched(
        "select * from agentpg._claim_places('streaming', '-infinity'::timestamptz)", rows=0
    )
    assert touched.total <= 10, touched


@pytest.mark.parametrize(
    ("statement", "returned", "rows", "pages"),
    [
        (f"select * from agentpg.record_response({LONG_CALL}, {LONG}, {reply('end_turn')})", 0, 50, 500),
        (
            f"select * from agentpg.record_response({SHORT_CALL}, {STREAMING}, {reply('end_turn')})",
            0,
            50,
            500,
        ),
        (
            f"select * from agentpg.record_response({LONG_CALL}, {LONG}, {reply('tool_use', CALL)})",
            1,
            60,
            700,
        ),
        (f"select * from agentpg.record_response({LONG_CALL}, {LONG}, {reply('max_tokens')})", 0, 60, 700),
        (f"select * from agentpg.record_response({LONG_CALL}, {LONG}, {reply('pause_turn')})", 0, 50, 500),
        (f"select * from agentpg.record_failure({LONG_CALL}, {LONG}, '{{\"status\": 500}}')", 1, 30, 250),
        (f"select agentpg.cancel_run({LONG})", 1, 40, 400),
        (f"select agentpg.cancel_run({BEHIND})", 1, 40, 400),
        (f"select agentpg.cancel_run({WITH_TOOLS})", 1, 1500, 8000),
        (f"select agentpg.create_run({session(2000000)}, {AGENT}, 'Hello?')", 1, 20, 250),
        (f"select agentpg.create_run({session(5)}, {AGENT}, 'Hello?', idempotency_key => 'key')", 1, 20, 300),
    ],
)
def test_a_change_of_one_run_reads_that_run(
    meter: Meter, statement: str, returned: int, rows: int, pages: int
) -> None:
    """The end of a run activates the next of its session, past a million others."""
    touched = meter.touched(statement, rows=returned)
    assert touched.total <= rows, touched
    assert touched.pages <= pages, touched


@pytest.mark.parametrize(
    ("statement", "rows", "pages"),
    [
        (f"select agentpg.heartbeat({CALLER}, '[]')", 5, 50),
        (
            f"select agentpg.heartbeat({CALLER}, jsonb_build_array("
            f"jsonb_build_object('run_id', {LONG}, 'lease_token', {LONG})))",
            10,
            100,
        ),
        (
            "select agentpg.publish_events(jsonb_build_array(jsonb_build_object("
            f"'iteration_id', {LONG_CALL}, 'lease_token', {LONG}, 'kind', 'text', 'data', '{{}}'::jsonb)))",
            15,
            100,
        ),
        ("select agentpg.run_maintenance()", 50, 200),
        (f"select agentpg.release_tools({CALLER})", 60, 50),
        (f"select agentpg.release_runs({CALLER})", 200, 2000),
    ],
)
def test_upkeep_reads_open_work(meter: Meter, statement: str, rows: int, pages: int) -> None:
    """20 runs are held; 100,000 tool calls are pending, of three tools."""
    touched = meter.touched(statement)
    assert touched.total <= rows, touched
    assert touched.pages <= pages, touched


@pytest.mark.parametrize(
    ("statement", "rows", "pages"),
    [
        (f"select agentpg.get_run({FINISHED})", 15, 100),
        (f"select agentpg.get_response({LONG})", 20, 150),
        (f"select agentpg.run_tool_calls({LONG})", 20, 150),
        (f"select agentpg.run_timeline({LONG})", 30, 220),
        (f"select agentpg.finished_runs(array[{FINISHED}, {DUE}])", 5, 50),
        (f"select agentpg.why_waiting({BEHIND})", 10, 100),
        (f"select agentpg.why_waiting({WITH_TOOLS})", 250, 400),
        (f"select agentpg.session_messages({session(2000000)}, after_seq => 9000, max_count => 10)", 15, 50),
        ("select agentpg.list_sessions()", 120, 50),
        ("select agentpg.list_approvals()", 5, 50),
        ("select agentpg.list_runs()", 300, 1500),
        (f"select agentpg.list_runs(session_id => {session(5)})", 700, 2500),
        (f"select agentpg.list_runs(agent_id => {AGENT})", 500, 2000),
        (f"select agentpg.list_runs(agent_id => {RARE_AGENT})", 150, 1000),
    ],
)
def test_reading_a_page_reads_a_page(meter: Meter, statement: str, rows: int, pages: int) -> None:
    touched = meter.touched(statement)
    assert touched.total <= rows, touched
    assert touched.pages <= pages, touched


FORK, WAITS = session(4000000), run(4000000)
INTERRUPT = 'options => \'{"on_busy": "interrupt"}\''


@pytest.mark.parametrize(
    ("statement", "rows", "pages"),
    [
        (f"select agentpg._request_messages({FORK})", 150, 100),
        (f"select agentpg.session_messages({FORK}, after_seq => 9995, max_count => 10)", 20, 100),
        (f"select agentpg.session_messages({FORK}, max_count => 10)", 30, 100),
        (f"select agentpg.fork_session({FORK})", 20, 200),
        (f"select agentpg.fork_session({FORK}, 10001)", 20, 200),
        (f"select agentpg.continue_run({WAITS})", 30, 300),
        (f"select agentpg.regenerate_run({WAITS})", 60, 600),
        (f"select agentpg.regenerate_run({run(100)})", 60, 600),
        (f"select agentpg.create_run({session(3000001)}, {AGENT}, 'Stop!', {INTERRUPT})", 1500, 8000),
    ],
)
def test_a_turn_that_is_taken_up_again_reads_its_own_turn(
    meter: Meter, statement: str, rows: int, pages: int
) -> None:
    """A fork inherits 10,001 messages, of which 111 are shown; the others are not read."""
    touched = meter.touched(statement)
    assert touched.total <= rows, touched
    assert touched.pages <= pages, touched


SECOND = call(1100003)
GROUP = (
    f"array[{LONG_CALL}, {SHORT_CALL}, {SECOND}], array[{LONG}, {STREAMING}, {run(1100003)}], "
    "jsonb_build_array({reply}::jsonb, {reply}::jsonb, {reply}::jsonb), '{{a,b,c}}', '{{9,9,9}}'"
)


@pytest.mark.parametrize(("reply", "returned"), [(reply("tool_use", CALL), 3), (reply("end_turn"), 0)])
def test_a_group_of_answers_reads_their_runs(meter: Meter, reply: str, returned: int) -> None:
    """One is in a session of 10,001 messages; a thousand runs wait behind each, so its end is left."""
    touched = meter.touched(
        f"select * from agentpg.record_responses({GROUP.format(reply=reply)})", rows=returned
    )
    assert touched.total <= 150, touched
    assert touched.pages <= 2000, touched


def test_a_group_of_outputs_reads_their_calls(meter: Meter) -> None:
    """Claimed in the same statement; each run has a hundred open calls."""
    touched = meter.touched(
        "select g.* from (select array_agg(t.tool_execution_id) as ids, array_agg(t.lease_token) as leases"
        f" from agentpg.claim_tool_executions({CALLER}, 3) t) c"
        ", agentpg.complete_tools(c.ids, c.leases, '[1, 2, 3]', '{f,f,f}', '[1, 2, 3]') g",
        rows=3,
    )
    assert touched.total <= 250, touched
    assert touched.pages <= 1500, touched


def test_a_next_request_of_a_group_reads_what_is_new(meter: Meter) -> None:
    """Each worker holds all messages up to its call: of the session of 10,001 messages none is read again."""
    answers = GROUP.format(reply=reply("tool_use", CALL))
    touched = meter.touched(
        f"""
        select h.*
        from (
          select array_agg(c.tool_execution_id order by r.place) as ids,
            array_agg(c.lease_token order by r.place) as leases
          from agentpg.record_responses({answers}) r, unnest(r.claims) c
        ) t, (
          select jsonb_agg(jsonb_build_object(
            'seq', l.seq, 'checksum', agentpg._context_checksum(r.session_id, 'claude-sonnet-5-5', l.seq)
          ) order by u.place) as known
          from unnest(array[{LONG}, {STREAMING}, {run(1100003)}]) with ordinality as u(id, place)
          join agentpg.runs r on r.id = u.id
          cross join lateral (
            select m.seq from agentpg.messages m where m.session_id = r.session_id order by m.seq desc limit 1
          ) l
        ) k, agentpg.complete_tools(t.ids, t.leases, '[1, 2, 3]', '{{f,f,f}}', k.known) h
        where jsonb_array_length((h.claim).request -> 'messages') = 2
        """,
        rows=3,
    )
    assert touched.total <= 250, touched
    assert touched.pages <= 3000, touched
