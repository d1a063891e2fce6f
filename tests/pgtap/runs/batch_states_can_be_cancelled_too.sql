begin;
select plan(5);

select given_instance();
select given_run('a', session => 's1', mode => 'batch');
select given_run('b', session => 's2', mode => 'batch');
select given_run('c', session => 's3', mode => 'batch');
select advance('1 minute');
select agentpg.claim_batch(instance_id());
update agentpg.runs set state = 'batch_pending' where id in (run_id('b'), run_id('c'));
update agentpg.runs set state = 'batch_processing' where id = run_id('c');
select is((select r.reason from agentpg.why_waiting(run_id('c')) r), 'batch_gathered');
select is(agentpg.cancel_run(run_id(r.name)), true) from unnest('{a,b,c}'::text[]) as r(name);
select is((select array_agg(distinct r.state::text) from agentpg.runs r), '{cancelled}');

select * from finish();
rollback;
