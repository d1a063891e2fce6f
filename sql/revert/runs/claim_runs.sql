-- Revert agentpg:runs/claim_runs from pg
begin;

drop function agentpg.claim_runs(uuid,agentpg.run_mode,integer,uuid[]);
drop function agentpg._set_aside(agentpg.runs,text);
drop function agentpg._lock_due_runs(agentpg.run_mode,timestamp with time zone,integer,uuid[]);
drop function agentpg._earned_claims(integer,timestamp with time zone,integer);
drop function agentpg._claim_places(agentpg.run_mode,timestamp with time zone);

commit;
