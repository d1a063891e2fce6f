-- Revert agentpg:runs/record_responses from pg
begin;

drop function agentpg.record_responses(uuid[],uuid[],jsonb,text[],integer[],jsonb);
drop function agentpg._check_group(uuid[],jsonb,integer[]);
drop function agentpg._hold_runs(uuid[]);

commit;
