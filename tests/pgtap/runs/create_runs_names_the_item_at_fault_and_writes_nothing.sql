begin;
select plan(26);

select given_instance();
select given_agent();
select given_session();
create temporary table before as select everything() as all_rows;
create function pg_temp.bad(item jsonb, arguments text default '') returns text language sql as $$
  select format('select agentpg.create_runs(%L, %L%s)', agent_id(), jsonb_build_array('{"prompt": "good"}'::jsonb, item), arguments)
$$;
select refused(pg_temp.bad(r.item::jsonb), r.code, r.hint)
from (values
  ('"x"', 'AP100', 'prompt'),
  ('{"promt": "x"}', 'AP100', 'did you mean prompt'),
  ('{}', 'AP102', 'content'),
  ('{"prompt": " "}', 'AP102', 'content'),
  ('{"prompt": 3}', 'AP100', ''),
  ('{"content": "x"}', 'AP103', 'prompt'),
  ('{"content": [{"type": "text"}]}', 'AP103', 'type'),
  ('{"prompt": "x", "session_id": "no id"}', 'AP100', ''),
  ('{"prompt": "x", "session_id": "11111111-1111-7111-8111-111111111111"}', 'AP002', 'create_session'),
  ('{"prompt": "x", "variables": 3}', 'AP114', 'user_id'),
  ('{"prompt": "x", "metadata": 3}', 'AP104', 'tenant_id'),
  ('{"prompt": "x", "metadata": {"tenant_id": 3}}', 'AP104', 'tenant_id'),
  ('{"prompt": "x", "idempotency_key": ""}', 'AP100', ''),
  ('{"prompt": "x", "priority": 11}', 'AP100', ''),
  ('{"prompt": "x", "priority": 1.5}', 'AP100', ''),
  ('{"prompt": "x", "priority": "1"}', 'AP100', ''),
  ('{"prompt": "x", "scheduled_at": "infinity"}', 'AP100', 'leave it out'),
  ('{"prompt": "x", "scheduled_at": "soon"}', 'AP100', '')
) as r(item, code, hint);
select refused(pg_temp.bad(jsonb_build_object('prompt', 'x', 'session_id', session_id(), 'metadata', '{"a": 1}'::jsonb)), 'AP100', 'leave out');
select is(ids_in_error(pg_temp.bad('{"content": [{"type": "text", "text": "x"}, {"type": "text"}]}')), '{"item": 2, "block": 1}', 'the item and the block are named');
select throws_like(pg_temp.bad('{}'), 'item 2: the prompt is empty');
select refused(format('select agentpg.create_runs(%L, null)', agent_id()), 'AP100', 'prompt');
select refused(format('select agentpg.create_runs(%L, %L)', agent_id(), (select jsonb_agg('{"prompt": "x"}'::jsonb) from generate_series(1, 10001))), 'AP108', 'more often');
select refused('select agentpg.create_runs(agentpg._uuid_v7(), ''[]'')', 'AP001', 'list_agents');
select refused(pg_temp.bad('{"prompt": "x"}', ', options => ''{"tempreature": 1}'''), 'AP101');
select is(everything(), (select b.all_rows from before b), 'nothing was written');

select * from finish();
rollback;
