-- Revert agentpg:core/nearest_name from pg
begin;

drop function agentpg._name_hint(text,text[],text);
drop function agentpg._nearest_name(text,text[]);
drop function agentpg._edit_distance(text,text);

commit;
