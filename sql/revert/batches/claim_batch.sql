-- Revert agentpg:batches/claim_batch from pg
begin;

drop function agentpg.claim_batch(uuid,integer,bigint);
drop function agentpg._take_gathered(uuid);
drop function agentpg._gather(uuid,integer,bigint);
drop function agentpg._gather_is_due(timestamp with time zone,integer);
drop function agentpg._betas_in(jsonb);
drop type agentpg.batch_request;

commit;
