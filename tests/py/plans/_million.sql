-- 1,000,000 finished runs and 100,000 pending ones; 1,000,000 ended tool executions and 100,000 pending ones.
-- Only triggers and foreign keys sleep meanwhile: every other rule and every index holds.
set session_replication_role = replica;
set synchronous_commit = off;
set work_mem = '64MB';

create function pg_temp.id(kind text, n bigint) returns uuid language sql immutable as
$$ select (kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
-- The last four digits of a run's id are 0, those of an iteration's id its number.
create function pg_temp.run_id(n bigint) returns uuid language sql immutable as $$ select pg_temp.id('00000001', n << 16) $$;
create function pg_temp.call_id(n bigint) returns uuid language sql immutable as $$ select pg_temp.id('00000001', (n << 16) + 1) $$;

insert into agentpg.prompt_prefixes (id, model, body, tool_names)
values (pg_temp.id('000000a1', 1), 'm', '{"model": "m", "max_tokens": 10}', '{lookup,elsewhere}');
insert into agentpg.agents (id, name, model, prefix_id)
values (pg_temp.id('000000a2', 1), 'busy', 'm', pg_temp.id('000000a1', 1)), (pg_temp.id('000000a2', 2), 'rare', 'm', pg_temp.id('000000a1', 1));
insert into agentpg.queues (id, run_mode, model, paused_until, pause_reason, spread_until, next_claim_at)
overriding system value
values (1, 'streaming', 'm', null, null, null, null), (2, 'batch', 'm', null, null, null, null),
  (3, 'streaming', 'paused', now() + interval '1 day', 'overloaded', now() + interval '1 day', now() + interval '1 day');
insert into agentpg.tools (name, definition)
select n, jsonb_build_object('name', n, 'input_schema', '{"type": "object"}'::jsonb)
from unnest('{lookup,elsewhere,quiet}'::text[]) n;
insert into agentpg.instances (id, name, max_concurrent_runs, max_concurrent_tools, last_heartbeat_at)
values (pg_temp.id('000000a3', 1), 'caller', 10, 10, now() + interval '1 day'), (pg_temp.id('000000a3', 2), 'other', 10, 10, now() + interval '1 day');
insert into agentpg.instance_tools (instance_id, tool_name)
values (pg_temp.id('000000a3', 1), 'lookup'), (pg_temp.id('000000a3', 1), 'quiet'), (pg_temp.id('000000a3', 2), 'elsewhere');

-- n from 1 to 1,000,000 has ended, a hundred to a session; what comes after is pending:
-- 1,000 due and free, 30,000 in batch mode, 20,000 of a paused model, 29,000 scheduled, 20,000 behind 20 streaming runs.
create temporary table run as
select n, pg_temp.run_id(n) as id, pg_temp.id('00000002', k.session) as session_id, k.turn,
  case when n <= 1000000 then (case n % 20 when 0 then 'failed' when 1 then 'cancelled' else 'completed' end)
    when n <= 1100000 then 'pending' else 'streaming' end::agentpg.run_state as state,
  case when n > 1001000 and n <= 1031000 then 2 when n > 1031000 and n <= 1051000 then 3 else 1 end as queue_id,
  n > 1051000 and n <= 1080000 as later,
  n > 1080000 and n <= 1100000 as blocked,
  case when n > 1100000 then pg_temp.run_id(n) end as lease_token
from generate_series(1, 1100020) n
cross join lateral (
  select case when n <= 1000000 then (n - 1) / 100 when n <= 1080000 then n when n <= 1100000 then 2000000 + n % 20
      else 2000000 + n - 1100001 end as session,
    case when n <= 1000000 then 1 + (n - 1) % 100 when n <= 1080000 or n > 1100000 then 1
      else 2 + (n - 1080001) / 20 end as turn
) k;

insert into agentpg.sessions (id)
select distinct r.session_id from run r order by r.session_id;
insert into agentpg.run_inputs (
  run_id, session_id, turn, agent_id, run_mode, content, request_hash, max_iterations, max_continuations, created_at
)
select r.id, r.session_id, r.turn, case when r.n % 100000 = 7 then pg_temp.id('000000a2', 2) else a.id end,
  case r.queue_id when 2 then 'batch' else 'streaming' end::agentpg.run_mode, '[{"type": "text", "text": "Hello?"}]',
  0, 100, 10, now()
from run r
cross join pg_temp.id('000000a2', 1) as a(id);
insert into agentpg.runs (
  id, session_id, iteration_id, prefix_id, lease_token, claimed_by, lease_expires_at, claimed_at, watch_at, available_at, finalized_at,
  queue_id, state, priority, attempt, blocked, error_type
)
select r.id, r.session_id, pg_temp.call_id(r.n), p.id,
  r.lease_token, case when r.lease_token is not null then pg_temp.id('000000a3', 1) end,
  case when r.lease_token is not null then now() + interval '1 day' end, case when r.lease_token is not null then now() end,
  case when r.lease_token is not null then now() + interval '1 day' end,
  now() - interval '1 hour' + r.n * interval '1 microsecond' + case when r.later then interval '1 day' else '0' end,
  case when r.n <= 1000000 then now() end, r.queue_id, r.state, r.n % 3, 1, r.blocked,
  case r.state when 'failed' then 'api_error' end
from run r
cross join pg_temp.id('000000a1', 1) as p(id);
insert into agentpg.messages (session_id, seq, role, content, run_id)
select r.session_id, 1, 'user', '[{"type": "text", "text": "Hello?"}]', r.id
from run r where r.n > 1000000 and r.n <= 1001000 or r.n > 1100000 order by r.session_id;

-- The first of the streaming runs stands at the end of a long transcript.
insert into agentpg.messages (session_id, seq, role, content, run_id)
select pg_temp.id('00000002', 2000000), n, case n % 2 when 0 then 'assistant' else 'user' end::agentpg.message_role,
  '[{"type": "text", "text": "Well."}]', pg_temp.run_id(1100001)
from generate_series(2, 10001) n;

-- 200,000 tool executions have ended; of the 100,000 pending ones 1,000 are the caller's and due, 30,000 the caller's and
-- later, the rest of a tool that another instance offers. They hang on 1,000 runs that wait for a hundred tools each.
insert into agentpg.sessions (id) select pg_temp.id('00000002', 3000000 + n) from generate_series(1, 1000) n;
insert into agentpg.run_inputs (
  run_id, session_id, turn, agent_id, run_mode, content, request_hash, max_iterations, max_continuations, created_at
)
select pg_temp.run_id(3000000 + n), pg_temp.id('00000002', 3000000 + n), 1, pg_temp.id('000000a2', 1), 'streaming',
  '[{"type": "text", "text": "Hello?"}]', 0, 100, 10, now()
from generate_series(1, 1000) n;
insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, state, blocked, open_tools)
select pg_temp.run_id(3000000 + n), pg_temp.id('00000002', 3000000 + n), pg_temp.call_id(3000000 + n),
  pg_temp.id('000000a1', 1), now(), 1, 'pending_tools', false, 100
from generate_series(1, 1000) n;
insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id)
select pg_temp.id('00000002', 3000000 + n), 2, 'assistant', c.content, pg_temp.run_id(3000000 + n),
  pg_temp.call_id(3000000 + n)
from generate_series(1, 1000) n
cross join (
  select jsonb_agg(jsonb_build_object('type', 'tool_use', 'id', 'toolu_' || k, 'name', 'lookup', 'input', '{}'::jsonb)) as content
  from generate_series(0, 99) k
) c;
create temporary table call as
select n, case when n <= 200000 then n else 3000001 + (n - 1) % 1000 end as run
from generate_series(1, 300000) n;
insert into agentpg.tool_executions (
  id, run_id, iteration_id, available_at, created_at, deadline_at, started_at, completed_at, message_seq, result_seq, block_index,
  max_attempts, attempt, state, tool_use_id, tool_name
)
select pg_temp.id('00000004', c.n), pg_temp.run_id(c.run), pg_temp.call_id(c.run),
  now() - interval '1 hour' + c.n * interval '1 microsecond'
    + case when c.n > 201000 and c.n <= 231000 then interval '1 day' else '0' end,
  now(), now() + interval '2 days', now(), case when c.n <= 200000 then now() end, 2, case when c.n <= 200000 then 3 end,
  case when c.n <= 200000 then 0 else (c.n - 200001) / 1000 end, 2, case when c.n <= 200000 then 1 else 0 end,
  case when c.n <= 200000 then 'completed' else 'pending' end::agentpg.tool_execution_state, 'toolu_' || c.n,
  case when c.n <= 231000 then 'lookup' else 'elsewhere' end
from call c;
-- One call that has ended, early in the long transcript.
insert into agentpg.tool_executions (
  run_id, iteration_id, available_at, created_at, deadline_at, started_at, completed_at, message_seq, result_seq, block_index,
  max_attempts, attempt, state, tool_use_id, tool_name
)
select pg_temp.run_id(1100001), pg_temp.call_id(1100001), now(), now(), now(), now(), now(), 2, 3, 0, 2, 1,
  'completed', 'toolu_long', 'lookup';
insert into agentpg.run_streams (root_run_id, trim_at)
select r.id, now() + interval '1 day' from agentpg.runs r
where r.state = 'streaming' or r.id in (pg_temp.run_id(3000001), pg_temp.run_id(3000002), pg_temp.run_id(3000003));
-- A fork of the long transcript, most of which was superseded before; its own run waits for input.
insert into agentpg.sessions (id, forked_from_session_id, forked_at_seq, superseded_seqs)
values (pg_temp.id('00000002', 4000000), pg_temp.id('00000002', 2000000), 10001, '{[101,9991)}');
insert into agentpg.session_origins (session_id, first_seq, last_seq, origin_session_id)
values (pg_temp.id('00000002', 4000000), 1, 10001, pg_temp.id('00000002', 2000000));
insert into agentpg.run_inputs (
  run_id, session_id, turn, agent_id, run_mode, content, request_hash, max_iterations, max_continuations, created_at
)
values (pg_temp.run_id(4000000), pg_temp.id('00000002', 4000000), 1, pg_temp.id('000000a2', 1), 'streaming',
  '[{"type": "text", "text": "Hello?"}]', 0, 100, 10, now());
insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, state, blocked, stop_reason)
values (pg_temp.run_id(4000000), pg_temp.id('00000002', 4000000), pg_temp.call_id(4000000),
  pg_temp.id('000000a1', 1), now(), 1, 'awaiting_input', false, 'max_tokens');
insert into agentpg.messages (session_id, seq, role, content, run_id)
values (pg_temp.id('00000002', 4000000), 10002, 'user', '[{"type": "text", "text": "Hello?"}]', pg_temp.run_id(4000000)),
  (pg_temp.id('00000002', 4000000), 10003, 'assistant', '[{"type": "text", "text": "Half"}]', pg_temp.run_id(4000000));
insert into agentpg.claim_marks (queue_id, priority) select distinct r.queue_id, r.priority from agentpg.runs r;

analyze agentpg.claim_marks, agentpg.session_origins, agentpg.runs, agentpg.run_inputs, agentpg.sessions, agentpg.messages, agentpg.tool_executions, agentpg.queues,
  agentpg.agents, agentpg.instances, agentpg.instance_tools, agentpg.tools, agentpg.iterations, agentpg.failed_attempts;
