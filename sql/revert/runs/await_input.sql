-- Revert agentpg:runs/await_input from pg
begin;

drop function agentpg._await_input(agentpg.runs,text);

commit;
