-- 2,500 turns of four messages, more than ten megabytes, in the session of the one run there is.
with run as materialized (
  select r.id, agentpg._iteration_id(r.id, 1) as iteration_id, r.n
  from (select agentpg._new_run_id() as id, n from generate_series(2, 2500) n) r
), input as (
  insert into agentpg.run_inputs (run_id, session_id, turn, agent_id, run_mode, content, request_hash, max_iterations,
    max_continuations)
  select r.id, i.session_id, r.n, i.agent_id, 'streaming', '[{"type": "text", "text": "?"}]', 0, 10, 10
  from run r, (select * from agentpg.run_inputs limit 1) i
), runs as (
  insert into agentpg.runs (id, session_id, iteration_id, prefix_id, available_at, queue_id, blocked)
  select r.id, o.session_id, r.iteration_id, o.prefix_id, o.available_at, o.queue_id, true
  from run r, (select * from agentpg.runs limit 1) o
)
insert into agentpg.messages (session_id, seq, role, content, run_id, iteration_id)
select o.session_id, (r.n - 2) * 4 + 2 + m.n, m.role::agentpg.message_role,
  jsonb_build_array(replace(replace(m.block, '%n', r.n::text), '%x', repeat('word ', 300))::jsonb), r.id, r.iteration_id
from run r, (select session_id from agentpg.runs limit 1) o, (values
  (1, 'user', '{"type": "text", "text": "Prompt %n %x"}'),
  (2, 'assistant', '{"type": "tool_use", "id": "toolu_%n", "name": "look", "input": {"n": %n}}'),
  (3, 'user', '{"type": "tool_result", "tool_use_id": "toolu_%n", "content": "Found %n %x"}'),
  (4, 'assistant', '{"type": "text", "text": "Answer %n %x"}')
) as m(n, role, block)
