-- Revert agentpg:runs/why_waiting from pg
begin;

drop function agentpg.why_waiting(uuid);
drop function agentpg._why_batch(uuid);
drop function agentpg._why_tools(uuid);
drop function agentpg._why_pending(agentpg.runs);

commit;
