begin;
select plan(5);

select given_instance();
select given_run();
select is(claim_one(), 'run');
select agentpg.cancel_run(run_id());
select is(agentpg.record_abandoned(iteration_id(), run_lease(), '{"output_tokens": 3}'), true);
select refused(format('select * from agentpg.record_response(%L, %L, %L)', iteration_id(), run_lease(), reply_text()), 'AP202', 'drop the work');
select refused(format('select * from agentpg.record_failure(%L, %L, ''{"status": 500}'')', iteration_id(), run_lease()), 'AP202', 'drop the work');
select is((select r.output_tokens from agentpg.get_run(run_id()) r), 3::bigint, 'its cost stays');

select * from finish();
rollback;
