-- Revert agentpg:runs/await_input from pg
begin;

drop function agentpg._await_input(agentpg.runs,text);
drop function agentpg._put_off_summary(agentpg.runs,text);

commit;
