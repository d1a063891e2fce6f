-- Revert agentpg:batches/ingest_batch from pg
begin;

drop function agentpg._settle_stored(integer);
drop function agentpg.record_batch_ingested(uuid,uuid,integer);
drop function agentpg.record_batch_results(uuid,uuid,jsonb);
drop function agentpg._settle_alone(agentpg.batches,integer,jsonb);
drop function agentpg._settle_or_store(agentpg.batches,integer,jsonb);

commit;
