begin;
select plan(12);

select given_instance('{pay}');
select given_agent('a', tools => '{pay}'), given_agent('b', tools => '{pay}');
select given_session('s1', '{"tenant_id": "x"}'), given_session('s2', '{"tenant_id": "y"}');
select given_run('r1', session => 's1', agent => 'a', options => '{"approval": true}'), claim_one(), answer(reply_tool_uses(tool_use_block('t1', 'pay'), tool_use_block('t2', 'pay')), 'r1');
select given_run('r2', session => 's2', agent => 'b', options => '{"approval": true}'), claim_one(), answer(reply_tool_use('t3', 'pay', '{"amount": 7}'), 'r2');
create function pg_temp.ids(setof_approval agentpg.approval[]) returns text language sql as $$ select string_agg(a.tool_use_id, ' ' order by a.tool_use_id) from unnest(setof_approval) a $$;
select is(pg_temp.ids(array(select a from agentpg.list_approvals() a)), 't1 t2 t3');
select results_eq('select a.tool_execution_id from agentpg.list_approvals() a', 'select e.id from agentpg.tool_executions e order by e.id');
select results_eq('select a.tool_execution_id from agentpg.list_approvals(max_count => 2) a', 'select e.id from agentpg.tool_executions e order by e.id limit 2');
select results_eq(format('select a.tool_execution_id from agentpg.list_approvals(after => %L) a', (select e.id from agentpg.tool_executions e order by e.id offset 1 limit 1)),
  'select e.id from agentpg.tool_executions e order by e.id offset 2');
select is(pg_temp.ids(array(select a from agentpg.list_approvals(agent_id => agent_id('a')) a)), 't1 t2');
select is(pg_temp.ids(array(select a from agentpg.list_approvals(session_id => session_id('s2')) a)), 't3');
select is(pg_temp.ids(array(select a from agentpg.list_approvals(metadata => '{"tenant_id": "y"}') a)), 't3');
select is(pg_temp.ids(array(select a from agentpg.list_approvals(run_id => run_id('r1')) a)), 't1 t2');
select is((select row(a.agent_name, a.tool_name, a.input, a.input_hash, a.metadata)::text from agentpg.list_approvals(run_id => run_id('r2')) a),
  row('b', 'pay', '{"amount": 7}'::jsonb, encode(sha256('{"amount": 7}'), 'hex'), '{"tenant_id": "y"}'::jsonb)::text);
select refused('select agentpg.list_approvals(max_count => 0)', 'AP108', '');
select refused('select agentpg.list_approvals(metadata => ''[]'')', 'AP104');
select is((select count(*) from agentpg.list_approvals(agent_id => agentpg._uuid_v7())), 0::bigint);

select * from finish();
rollback;
