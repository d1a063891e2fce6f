-- Revert agentpg:runs/record_abandoned from pg
begin;

drop function agentpg.record_abandoned(uuid,uuid,jsonb,text);

commit;
