-- Revert agentpg:runs/write_iteration from pg
begin;

drop function agentpg._write_iteration(agentpg.runs,jsonb,bigint,integer,text);

commit;
