-- Revert agentpg:views/costs from pg
begin;

drop function agentpg.costs(text,timestamp with time zone,timestamp with time zone,uuid,uuid,uuid,text,integer);
drop function agentpg._tree_of(uuid);
drop type agentpg.cost_summary;

commit;
