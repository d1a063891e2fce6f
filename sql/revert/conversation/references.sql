-- Revert agentpg:conversation/references from pg
begin;

drop function agentpg._whole_messages(uuid,jsonb);
drop function agentpg.whole_content(jsonb);
drop function agentpg._with_strings(jsonb);
drop function agentpg._filled_in(jsonb,jsonb,integer);
drop function agentpg._put_aside(jsonb,uuid,text);
drop function agentpg._large_strings(jsonb);

commit;
