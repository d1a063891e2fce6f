-- Revert agentpg:core/access from pg
begin;

drop function agentpg.grant_access(name,text);
drop function agentpg._functions_for(text);
grant execute on all functions in schema agentpg to public;

commit;
