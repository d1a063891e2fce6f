-- Revert agentpg:batches/record_batch_error from pg
begin;

drop function agentpg.record_batch_error(uuid,uuid,jsonb,interval);
drop function agentpg._refused_batch(agentpg.batches,jsonb,text,interval);
drop function agentpg._split_batch(agentpg.batches);
drop function agentpg._dissolve_batch(uuid);
drop function agentpg._store_results(uuid,jsonb);
drop function agentpg._has_open_members(uuid);
drop function agentpg._close_batch(uuid,agentpg.batch_state);

commit;
