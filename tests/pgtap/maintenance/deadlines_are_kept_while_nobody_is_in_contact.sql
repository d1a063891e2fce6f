begin;
select plan(2);

select given_instance();
select given_run(options => jsonb_build_object('deadline', agentpg.now() + interval '1 minute'));
select claim_one(), advance('90 seconds');
select is((select row(m.said -> 'rescued_runs', m.said -> 'overdue_runs')::text from (select agentpg.run_maintenance() as said) m), '(0,1)');
select is(state_of(), 'failed');

select * from finish();
rollback;
