begin;
select plan(24);

select given_instance('{lookup}');
select given_agent(tools => '{lookup}');
select freeze();

-- The rows of a run without what differs between any two runs, table by table.
create function pg_temp.rows_of(run_id uuid) returns table (relation text, row_of jsonb) language sql as $$
  select 'run_inputs', to_jsonb(i) - array['run_id', 'session_id', 'idempotency_key'] from agentpg.run_inputs i where i.run_id = rows_of.run_id
  union all
  select 'runs', to_jsonb(r) - array['id', 'session_id', 'iteration_id', 'budget_ids'] || jsonb_build_object('iteration', r.iteration_id = agentpg._iteration_id(r.id, 1), 'budgets',
      (select jsonb_agg(case when b.run_id is null then b.id::text else 'its own' end) from agentpg.budgets b where b.id = any (r.budget_ids))) from agentpg.runs r where r.id = rows_of.run_id
  union all
  select 'sessions', to_jsonb(s) - 'id' from agentpg.sessions s join agentpg.runs r on r.session_id = s.id where r.id = rows_of.run_id
  union all
  select 'messages', to_jsonb(m) - array['run_id', 'session_id'] from agentpg.messages m where m.run_id = rows_of.run_id
  union all
  select 'run_streams', to_jsonb(t) - 'root_run_id' from agentpg.run_streams t where t.root_run_id = rows_of.run_id
  union all
  select 'budgets', to_jsonb(b) - array['id', 'run_id'] from agentpg.budgets b where b.run_id = rows_of.run_id
$$;

create temporary table cases as
select c.*, row_number() over () as nr
from (values
  ('as little as can be', '{"prompt": "Hello?"}'::jsonb, '{}'::jsonb, 'streaming'::agentpg.run_mode),
  ('blocks', '{"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}', '{}', 'streaming'),
  ('everything', '{"prompt": "x", "variables": {"a": 1}, "metadata": {"tenant_id": "acme", "b": 2}, "idempotency_key": "key", "priority": 7, "scheduled_at": "2030-01-01T00:00:00Z"}',
    '{"variables": {"a": 0, "c": 3}, "max_iterations": 3, "max_continuations": 2, "append_instructions": "Be brief.", "deadline": "2031-01-01T00:00:00Z"}', 'streaming'),
  ('no events', '{"prompt": "x"}', '{"events": false, "model": "claude-haiku-4-5"}', 'streaming'),
  ('a batch', '{"prompt": "x"}', '{"stream_from": "2030-01-01T00:00:00Z"}', 'batch'),
  ('limits of its own', '{"prompt": "x"}', '{"max_tokens": 100000}', 'streaming'),
  ('long content', jsonb_build_object('prompt', repeat('long ', 4000)), '{}', 'streaming'),
  ('an image', jsonb_build_object('content', jsonb_build_array(image_block('a'))), '{}', 'streaming'),
  ('cache marks', '{"content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]}', '{}', 'streaming')
) as c(name, item, options, mode);

select agentpg.set_budget(tenant_id => 'acme', max_tokens => 1000000);
create temporary table made as
select c.nr, c.name,
  (select r.run_id from agentpg.create_runs(agent_id(), jsonb_build_array(c.item), c.mode, c.options) r) as many,
  agentpg.create_run(
    session_id => agentpg.create_session(metadata => coalesce(c.item -> 'metadata', '{}')), agent_id => agent_id(), prompt => c.item ->> 'prompt',
    mode => c.mode, options => c.options, content => c.item -> 'content', variables => c.item -> 'variables',
    idempotency_key => 'single ' || c.nr, priority => coalesce((c.item ->> 'priority')::integer, 0), scheduled_at => (c.item ->> 'scheduled_at')::timestamptz
  ) as one
from cases c;
select set_eq(
  format('select relation, row_of from pg_temp.rows_of(%L)', m.many),
  format('select relation, row_of from pg_temp.rows_of(%L)', m.one), m.name || ': the same rows'
) from made m order by m.nr;
select is((select i.idempotency_key from agentpg.run_inputs i join made m on m.many = i.run_id where m.nr = 3), 'key', 'the key is kept');
select isnt((select r.budget_ids from agentpg.runs r join made m on m.many = r.id where m.nr = 3), null, 'the budget of the tenant counts');

-- What the call says for all, and items over it.
create temporary table shared as
select * from agentpg.create_runs(
  agent_id(), '[{"prompt": "a"}, {"prompt": "b", "variables": {"y": 2}, "metadata": {"q": 2}, "priority": -3}]',
  variables => '{"x": 1}', metadata => '{"p": 1}', priority => 4
);
select results_eq(
  'select h.item, i.variables, s.metadata, u.priority::integer
   from shared h join agentpg.run_inputs i using (run_id) join agentpg.runs u on u.id = h.run_id join agentpg.sessions s on s.id = h.session_id order by h.item',
  $$values (1, '{"x": 1}'::jsonb, '{"p": 1}'::jsonb, 4), (2, '{"x": 1, "y": 2}', '{"p": 1, "q": 2}', -3)$$,
  'an item goes over what holds for all'
);
select is((select count(*) from agentpg.create_runs(agent_id(), '[]')), 0::bigint, 'nothing of nothing');

-- Sessions that exist.
select given_session('talk');
create temporary table called as
select * from agentpg.create_runs(agent_id(), jsonb_build_array(
  jsonb_build_object('prompt', 'one', 'session_id', session_id('talk')), '{"prompt": "elsewhere"}'::jsonb,
  jsonb_build_object('prompt', 'two', 'session_id', session_id('talk'))
));
create temporary table talk as
select c.*, u.blocked, i.turn from called c join agentpg.runs u on u.id = c.run_id join agentpg.run_inputs i on i.run_id = c.run_id;
select is((select array_agg((t.item, t.turn, t.blocked)::text order by t.item) from talk t), array['(1,1,f)', '(2,1,f)', '(3,2,t)'],
  'runs of one session queue in the order of the items');
select is((select count(distinct t.session_id) from talk t where t.item <> 2), 1::bigint);
select refused(format($$select agentpg.create_runs(%L, '[{"prompt": "x", "session_id": "%s"}]', options => '{"on_busy": "reject"}')$$,
  agent_id(), session_id('talk')), 'AP224', 'on_busy');

-- Repeated keys.
create function pg_temp.again(prompt text, agent text default 'assistant') returns table (item integer, run_id uuid, session_id uuid, created boolean) language sql as $$
  select * from agentpg.create_runs(agent_id(), jsonb_build_array(
    jsonb_build_object('prompt', prompt, 'idempotency_key', 'k'), jsonb_build_object('prompt', 'other', 'idempotency_key', 'l'),
    jsonb_build_object('prompt', prompt, 'idempotency_key', 'k')
  ))
$$;
create temporary table first_call as select * from pg_temp.again('x');
select is((select array_agg(f.created order by f.item) from first_call f), '{t,t,f}', 'the first of two with a key is made');
select is((select f.run_id from first_call f where f.item = 3), (select f.run_id from first_call f where f.item = 1), 'the other one finds it');
select results_eq('select item, run_id, session_id from pg_temp.again(''x'')', 'select item, run_id, session_id from first_call', 'and so does the whole call again');
select is((select bool_or(a.created) from pg_temp.again('x') a), false);
select is(ids_in_error('select pg_temp.again(''y'')') ->> 'item', '1', 'another request under the key names its item');
select throws_ok('select pg_temp.again(''y'')', 'AP011');
select agentpg.delete_agent(agent_id());
select is((select bool_or(a.created) from pg_temp.again('x') a), false, 'the key is known after the agent was deleted');
select is((select count(*) from agentpg.invariant_violations), 0::bigint);

select * from finish();
rollback;
