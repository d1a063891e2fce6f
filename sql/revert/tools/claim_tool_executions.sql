-- Revert agentpg:tools/claim_tool_executions from pg
begin;

drop function agentpg.claim_tool_executions(uuid,integer,uuid[]);
drop function agentpg._with_watched_runs(uuid[],timestamp with time zone);
drop function agentpg._lock_due_tools(uuid,timestamp with time zone,integer);

commit;
