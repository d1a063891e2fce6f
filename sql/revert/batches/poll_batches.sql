-- Revert agentpg:batches/poll_batches from pg
begin;

drop function agentpg.record_batch_status(uuid,uuid,jsonb);
drop function agentpg.claim_batch_cancellations(uuid,integer);
drop function agentpg.claim_batch_polls(uuid,integer);
drop type agentpg.batch_task;

commit;
