-- Revert agentpg:runs/record_response from pg
begin;

drop function agentpg.record_response(uuid,uuid,jsonb,boolean,text,integer);
drop function agentpg._failed_before(uuid,uuid);
drop function agentpg._settle_response(agentpg.runs,jsonb,uuid,integer,text);
drop function agentpg._check_response(jsonb);

commit;
