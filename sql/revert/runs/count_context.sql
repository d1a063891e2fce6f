-- Revert agentpg:runs/count_context from pg
begin;

drop function agentpg.record_context_count(uuid,bigint,uuid,integer);
drop function agentpg.context_to_count(uuid);

commit;
