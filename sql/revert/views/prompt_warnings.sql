-- Revert agentpg:views/prompt_warnings from pg
begin;

drop function agentpg.prompt_warnings(uuid,integer);
drop function agentpg._prompt_warnings(agentpg.agents);
drop function agentpg._changing_parts(text,text);
drop function agentpg._first_difference(text,text);
drop function agentpg._near(text,text);
drop function agentpg._variable_parts(text);
drop type agentpg.prompt_warning;

commit;
