begin;
select plan(6);

select given_instance();
select given_agent();
select given_session();
savepoint before;
select given_run('undone');
rollback to before;
select is((select count(*)::integer from agentpg.run_inputs), 0, 'undone with the caller''s transaction');
select is((select count(*)::integer from agentpg.messages), 0);

select given_run(prompt => 'Hello?', variables => '{"user_id": 7}', options => '{"max_iterations": 3}', priority => 2);
select is(
  (select row(r.state, r.run_mode, r.prompt, r.priority, r.blocked, r.attempt, r.max_iterations)::text from agentpg.get_run(run_id()) r),
  '(pending,streaming,Hello?,2,f,0,3)'
);
select is((select r.variables from agentpg.get_run(run_id()) r), '{"user_id": 7}');
select is((select m.content from agentpg.messages m), '[{"type": "text", "text": "Hello?"}]', 'the prompt is in the transcript');
select is(claim_one(), 'run');

select * from finish();
rollback;
