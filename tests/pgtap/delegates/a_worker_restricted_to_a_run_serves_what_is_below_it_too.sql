begin;
select plan(8);

select given_instance('{lookup}');
select given_agent('worker', '{lookup}');
select given_manager('lead');
select given_manager('manager', '{lead}');
select given_run('other', session => 'other', agent => 'worker');
select given_run(agent => 'manager');
create function pg_temp.claim() returns text language sql as $$
  select remember_claim(c.run_id, c.iteration_id, c.lease_token, c.request) from agentpg.claim_runs(instance_id(), max_count => 9, run_ids => array[run_id()]) c
$$;
select is(pg_temp.claim(), 'run');
select answer(reply_tool_uses(task_for('lead')));
select child_of('toolu_1', 'lead');
select is(pg_temp.claim(), 'lead');
select answer(reply_tool_uses(task_for('worker', 'toolu_2')), 'lead');
select child_of('toolu_2', 'leaf');
select is(pg_temp.claim(), 'leaf');
select answer(reply_tool_use('toolu_3', 'lookup'), 'leaf', claim_tools => false);
select is((select c.tool_use_id from agentpg.claim_tool_executions(instance_id(), run_ids => array[run_id()]) c), 'toolu_3', 'and its tools');
select is((select count(*) from agentpg.claim_tool_executions(instance_id(), run_ids => array[run_id('other')])), 0::bigint);
select is((select array_agg(c.run_id) from agentpg.claim_runs(instance_id(), max_count => 9, run_ids => array[run_id('leaf')]) c), null);
select is(claim_one(), 'other', 'nothing else');
select is((select count(*) from agentpg.claim_runs(instance_id(), max_count => 9, run_ids => '{}')), 0::bigint);

select * from finish();
rollback;
