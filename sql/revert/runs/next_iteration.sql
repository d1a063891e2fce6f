-- Revert agentpg:runs/next_iteration from pg
begin;

drop function agentpg._next_iteration(agentpg.runs,boolean,uuid);
drop function agentpg._next_queue(agentpg.runs);

commit;
