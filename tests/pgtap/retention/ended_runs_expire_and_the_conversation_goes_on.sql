begin;
select plan(20);

select given_child();
select claim_one();
select answer(reply_text('Found.'), 'child');
select claim_one();
select answer(reply_text('One.'));
select remember('session', 'delegate', (select session_id from agentpg.runs where id = run_id('child')));
select agentpg.create_run(session_id(), agent_id('worker'), 'By key.', idempotency_key => 'k');
select remember('run', 'failed', (select run_id from agentpg.run_inputs where idempotency_key = 'k'));
select claim_one();
select agentpg.record_failure(iteration_id('failed'), run_lease('failed'), '{"type": "invalid_request_error", "status": 400}');
select given_run('queued behind', agent => 'worker');
select given_run('never began', agent => 'worker');
select agentpg.cancel_run(run_id('never began'));
select claim_one();
select answer(reply_text('Two.'), 'queued behind');
select given_run('last', agent => 'worker');
select claim_one();
select answer(reply_text('Three.'), 'last');
create temp table said as select * from agentpg.session_messages(session_id());
create temp table spent as select sum(cost_usd) as cost from agentpg.iterations;

select agentpg.set_retention('runs', '7 days', 'failed');
select agentpg.set_retention('runs', '30 days', 'completed');
select advance('8 days');
select results_eq(
  $$ select state, count from agentpg.apply_retention(dry_run => true) where kind = 'runs' and older_than is not null $$,
  $$ values ('completed', 0::bigint), ('failed', 1::bigint) $$
);
select results_eq(
  $$ select state, count from agentpg.apply_retention() where kind = 'runs' $$, $$ values ('completed', 0::bigint), ('failed', 1::bigint) $$,
  'each state has an age of its own'
);
select refused($$ select agentpg.get_run(run_id('failed')) $$, 'AP003');
select all_is_well();

select advance('30 days');
select is((select count from agentpg.apply_retention() where kind = 'runs' and state = 'completed'), 2::bigint);
select results_eq(
  $$ select k.name from agentpg.runs r join agentpg_test.known k on k.id = r.id and k.kind = 'run' order by 1 $$,
  $$ values ('last'), ('never began') $$, 'the last run of a session stays'
);
select is((select count(*) from agentpg.sessions where id = session_id('delegate')), 0::bigint, 'the delegates of a run go with it');
select results_eq($$ select * from agentpg.session_messages(session_id()) $$, 'select * from said', 'not a message of the session is lost');
select is((select sum(cost_usd) from agentpg.deleted_usage) + (select sum(cost_usd) from agentpg.iterations), (select cost from spent), 'nor a cent');
select is((select removed_runs from agentpg.sessions where id = session_id()), 3);
select all_is_well();

-- The session goes on: the next turn, a fork, a turn made anew, a key used again.
select given_run('next', agent => 'worker', prompt => 'And now?');
select is((select turn from agentpg.run_inputs where run_id = run_id('next')), 6, 'turns are numbered on');
select is(claim_one(), 'next');
select cmp_ok(jsonb_array_length(request_of('next') -> 'messages'), '>=', 7, 'the request shows all that was said');
select answer(reply_text('Four.'), 'next');
select remember('session', 'fork', agentpg.fork_session(session_id(), at_seq => 4));
select is((select count(*) from agentpg.session_messages(session_id('fork'))), 4::bigint, 'forks between old turns');
select lives_ok($$ select remember('run', 'again', agentpg.regenerate_run(run_id('never began'))) $$, 'a run that never had its turn');
select is(
  (select s.forked_at_seq from agentpg.sessions s join agentpg.runs r on r.session_id = s.id where r.id = run_id('again')),
  (select min(seq) - 1 from agentpg.messages where run_id = run_id('last')), 'gets it before what came after it'
);
select lives_ok(
  $$ select agentpg.create_run(session_id(), agent_id('worker'), 'By another key.', idempotency_key => 'k') $$,
  'a key is known as long as its run'
);
select is((select count from agentpg.apply_retention(dry_run => true) where kind = 'runs' and state = 'completed'), 0::bigint, 'while a run is active none goes');
select all_is_well();

select * from finish();
rollback;
