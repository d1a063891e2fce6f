-- Revert agentpg:runs/record_response from pg
begin;

drop function agentpg.record_response(uuid,uuid,jsonb,boolean,text,integer,jsonb);
drop function agentpg._failed_before(uuid,uuid);
drop function agentpg._settle_response(agentpg.runs,jsonb,uuid,integer,text,jsonb);
drop function agentpg._is_said(jsonb);
drop function agentpg._check_response(jsonb);

commit;
