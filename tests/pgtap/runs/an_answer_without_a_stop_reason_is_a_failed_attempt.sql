begin;
select plan(8);

select given_instance();
select given_run();
select claim_one();
create temporary table torn as select reply_text('Half of') || '{"stop_reason": null}' as response;
select is(answer((select t.response from torn t)), 0);
select is((select row(r.state, r.attempt, r.current_iteration)::text from agentpg.get_run(run_id()) r), '(pending,1,1)');
select is((select row(f.kind, f.error_type)::text from agentpg.failed_attempts f), '(model,no_stop_reason)');
select is((select count(*)::integer from agentpg.messages), 1, 'nothing of it joins the transcript');
select is(answer((select t.response from torn t)), 0, 'said again, it changes nothing');
select is((select count(*)::integer from agentpg.failed_attempts), 1);
select advance('1 minute');
select is(claim_one(), 'run', 'it is tried again');
select is((select r.attempt from agentpg.get_run(run_id()) r), 2);

select * from finish();
rollback;
