begin;
select plan(8);

select agentpg.configure('{"batch_max_wait": "0 seconds"}');
select given_instance();
select given_run('slow', session => 'slow', mode => 'batch', options => jsonb_build_object('deadline', agentpg.now() + interval '1 hour'));
select given_batch_runs('other');
select is(gather(), '{slow,other}');
select send();
select advance('59 minutes'), maintain();
select is(state_of('slow'), 'batch_pending');
select advance('2 minutes');
select is((maintain() ->> 'overdue_runs')::integer, 1);
select is((select row(r.state, r.error_type)::text from agentpg.get_run(run_id('slow')) r), '(failed,deadline_exceeded)');
select is((select m.withdrawn_at is not null from agentpg.batch_members m where m.run_id = run_id('slow')), true);
select given_instance(), poll(), tell(message_batch('ended', counts => '{"succeeded": 2}'));
select is(take(succeeded('slow'), succeeded('other')), '(2,0,0)');
select is((select row(r.state, r.input_tokens)::text from agentpg.get_run(run_id('slow')) r), '(failed,10)', 'paid for all the same');
select is(state_of('other'), 'completed');

select * from finish();
rollback;
