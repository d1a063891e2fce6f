-- Revert agentpg:batches/submit_batch from pg
begin;

drop function agentpg.record_batch_submitted(uuid,uuid,jsonb);
drop function agentpg._lifetime(jsonb);
drop function agentpg._check_provider_batch(jsonb);
drop function agentpg.start_batch_submission(uuid,uuid);

commit;
