begin;
select plan(4);

select freeze('2026-11-22 12:00Z');
select given_instance('{lookup}', 'old'), given_instance('{lookup}', 'heir');
select given_agent(tools => '{lookup}');
select given_run('streaming', session => 's1'), claim_one('old');
select given_run('tools', session => 's2'), claim_one('old'), answer(reply_tool_use('toolu_1', 'lookup'), 'tools');
create temporary table held as select jsonb_build_array(
  jsonb_build_object('run_id', run_id('streaming'), 'lease_token', run_lease('streaming')),
  jsonb_build_object('tool_execution_id', tool_execution_id('toolu_1'), 'lease_token', tool_lease('toolu_1'))
) as leases;
select advance('1 minute'), maintain();
select is(claim_one('heir'), 'streaming');
select is(claim_tool('heir'), 'toolu_1');
select advance('15 seconds');
create temporary table before as select r.lease_token, r.lease_expires_at from agentpg.runs r
  union all select e.lease_token, e.lease_expires_at from agentpg.tool_executions e;
select is((select array_agg(l.item ->> 'reason') from held h, jsonb_array_elements(agentpg.heartbeat(instance_id('old'), h.leases) -> 'lost') l(item)), '{lease_lost,lease_lost}');
select results_eq('select r.lease_token, r.lease_expires_at from agentpg.runs r union all select e.lease_token, e.lease_expires_at from agentpg.tool_executions e',
  'select * from before', 'the leases of those who hold them run on as they were');

select * from finish();
rollback;
