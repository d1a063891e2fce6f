-- Revert agentpg:runs/admit from pg
begin;

drop function agentpg._capped(uuid,jsonb);
drop function agentpg._admit(agentpg.runs,jsonb,bigint);
drop function agentpg._hold_back(agentpg.runs,text);

commit;
