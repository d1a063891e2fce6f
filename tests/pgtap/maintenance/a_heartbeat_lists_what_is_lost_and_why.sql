begin;
select plan(1);

select given_instance('{lookup}');
select given_instance('{lookup}', 'heir');
select given_agent(tools => '{lookup}');
select given_run('held', session => 's1'), given_run('cancelled', session => 's2'), given_run('released', session => 's3'), given_run('taken', session => 's4'), given_run('done', session => 's5');
select claim_one() from generate_series(1, 5);
select given_run('t1', session => 's6'), claim_one(), answer(reply_tool_uses(tool_use_block('kept', 'lookup'), tool_use_block('rescued', 'lookup')), 't1');
select given_run('t2', session => 's7'), claim_one(), answer(reply_tool_use('skipped', 'lookup'), 't2');
create temporary table held as
select jsonb_agg(jsonb_build_object('run_id', k.id, 'lease_token', i.lease_token) order by k.name) as items
from known k join known i on i.kind = 'iteration' and i.name = k.name where k.kind = 'run' and k.name in ('held', 'cancelled', 'released', 'taken', 'done');
update held set items = items || (select jsonb_agg(jsonb_build_object('tool_execution_id', k.id, 'lease_token', k.lease_token) order by k.name) from known k where k.kind = 'tool_execution')
  || jsonb_build_array(jsonb_build_object('run_id', agentpg._uuid_v7(), 'lease_token', agentpg._uuid_v7(), 'name', 'unheard of'));
select agentpg.cancel_run(run_id('cancelled')), agentpg.cancel_run(run_id('t2'));
select agentpg.release_runs(instance_id(), array[iteration_id('released'), iteration_id('taken')]);
select agentpg.claim_runs(instance_id('heir'), run_ids => array[run_id('taken')]);
select answer(reply_text(), 'done');
select agentpg.release_tools(instance_id(), array[tool_execution_id('rescued')]);
select set_eq(
  $$ select coalesce((select k.name from known k where k.id = coalesce(l.item ->> 'run_id', l.item ->> 'tool_execution_id')::uuid and k.kind in ('run', 'tool_execution')), l.item ->> 'name'), l.item ->> 'reason'
     from held h, jsonb_array_elements(agentpg.heartbeat(instance_id(), h.items) -> 'lost') as l(item) $$,
  $$ values ('cancelled', 'cancelled'), ('released', 'lease_lost'), ('taken', 'lease_lost'), ('done', 'lease_lost'), ('rescued', 'lease_lost'),
       ('skipped', 'cancelled'), ('unheard of', 'lease_lost') $$
);

select * from finish();
rollback;
