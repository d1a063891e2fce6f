-- Revert agentpg:conversation/apply_compaction from pg
begin;

drop function agentpg._compaction_of(agentpg.sessions,jsonb,jsonb,text,uuid);
drop function agentpg._size_by_plan(agentpg.sessions,agentpg.compactions,bigint,integer);
drop function agentpg._check_plan_places(agentpg.sessions,jsonb,bigint,bigint);
drop function agentpg._plan_number(agentpg.sessions,jsonb,text);
drop function agentpg._refuse_plan(agentpg.sessions,text,text);

commit;
