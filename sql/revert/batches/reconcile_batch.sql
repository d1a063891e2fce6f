-- Revert agentpg:batches/reconcile_batch from pg
begin;

drop function agentpg.record_batch_proof(uuid,uuid,text,text);
drop function agentpg.record_batch_candidates(uuid,uuid,jsonb);
drop function agentpg._break_up(agentpg.batches);
drop function agentpg._may_be(jsonb,bigint,timestamp with time zone,timestamp with time zone);

commit;
