begin;
select plan(3);

select given_instance();
select agentpg.configure('{"batch_max_wait": "0"}');
select given_run(mode => 'batch');
create temp table asked as select distinct batch_id, lease_token from agentpg.claim_batch(instance_id());
select agentpg.start_batch_submission(batch_id, lease_token) from asked;
select is((select count(*) from agentpg.run_timeline(run_id('run')) where event = 'model call'), 0::bigint, 'nobody has it yet');
select agentpg.record_batch_submitted(batch_id, lease_token, '{"id": "msgbatch_1", "processing_status": "in_progress"}') from asked;
select is((select detail from agentpg.run_timeline(run_id('run')) where event = 'model call'), 'claude-sonnet-4-5 in batch msgbatch_1');
select agentpg.cancel_run(run_id('run'));
select is((select string_agg(event, ' ') from agentpg.run_timeline(run_id('run'))), 'created model call cancelled');

select * from finish();
rollback;
