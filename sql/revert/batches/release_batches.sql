-- Revert agentpg:batches/release_batches from pg
begin;

drop function agentpg.abandon_batch(uuid);
drop function agentpg.release_batches(uuid,uuid[]);

commit;
