begin;
select plan(6);

select given_instance();
select given_run('batch', session => 's1', mode => 'batch');
select given_run('later', session => 's2', scheduled_at => agentpg.now() + '1 hour');
select given_run('active', session => 's3');
select given_run('behind', session => 's3');
select given_run('other', session => 's4');
select is(
  (select array_agg(name_of_run(c.run_id)) from agentpg.claim_runs(instance_id(), max_count => 10, run_ids =>
    array[run_id('batch'), run_id('later'), run_id('behind'), run_id('other')]) c),
  '{other}', 'run_ids restricts, and opens no door'
);
select agentpg._pause_queue(q.id, agentpg.now() + '1 minute', 'overloaded') from agentpg.queues q;
select is(claim_one(), null, 'a paused queue hands out nothing');
select is((select count(*)::integer from agentpg.claim_runs(instance_id(), run_ids => array[run_id('active')])), 0);
select advance('2 minutes');
select is(claim_one(), 'active', 'until the pause is over');
select is(claim_one(), null);
select is((select count(*)::integer from agentpg.claim_runs(instance_id(), run_ids => '{}')), 0, 'an empty list names none');

select * from finish();
rollback;
