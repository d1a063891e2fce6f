-- A session with many runs of five messages, two of which are a model call and a tool call.
with run as materialized (
  select r.id, agentpg._iteration_id(r.id, 1) as iteration_id, r.n
  from (select agentpg._new_run_id() as id, n from generate_series(2, %(runs)s + 1) n) r
), input as (
  insert into agentpg.run_inputs (run_id, session_id, turn, agent_id, run_mode, content, request_hash, max_iterations,
    max_continuations)
  select r.id, session_id(%(session)s), r.n, agent_id(), 'streaming', '[{"type": "text", "text": "Hello?"}]', 0, 10, 10 from run r
), runs as (
  insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, blocked)
  select r.id, session_id(%(session)s), r.iteration_id, p.id, now(), q.id, true
  from run r, (select id from agentpg.prompt_prefixes limit 1) p, (select id from agentpg.queues limit 1) q
), iteration as (
  insert into agentpg.iterations (id, run_id, number, attempt, run_mode, trigger_type, model, prefix_id, request_seq, cost_usd)
  select r.iteration_id, r.id, 1, 1, 'streaming', 'user_prompt', 'claude-sonnet-4-5', p.id, 1, 0.01
  from run r, (select id from agentpg.prompt_prefixes limit 1) p
), tool as (
  insert into agentpg.tool_executions (run_id, iteration_id, available_at, created_at, deadline_at, message_seq, block_index,
    max_attempts, tool_use_id, tool_name)
  select r.id, r.iteration_id, now(), now(), now(), 2, 0, 1, 'toolu', 'lookup' from run r
), attempt as (
  insert into agentpg.failed_attempts (run_id, iteration_id, kind, attempt, error_type)
  select r.id, r.iteration_id, 'model', 1, 'api_error' from run r
), stream as (
  insert into agentpg.run_streams (root_run_id, trim_at) select r.id, now() from run r
), event as (
  insert into agentpg.run_events (root_run_id, seq, run_id, kind)
  select r.id, s.n, r.id, 'text' from run r, generate_series(1, 5) s(n)
)
insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id)
select session_id(%(session)s), (r.n - 2) * %(each)s + m.n + 1, case m.n %% 2 when 1 then 'user' else 'assistant' end::agentpg.message_role,
  jsonb_build_array(jsonb_build_object('type', 'text', 'text', repeat('x', 1000))), r.id, r.iteration_id
from run r, generate_series(1, %(each)s) m(n)
returning seq
