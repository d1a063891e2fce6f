-- Revert agentpg:runs/new_runs from pg
begin;

drop function agentpg._insert_new_runs(agentpg._new_run[],agentpg.agents,agentpg.run_mode,jsonb,uuid,timestamp with time zone);
drop function agentpg._new_run_of(jsonb,integer,agentpg._new_run,uuid,agentpg.run_mode,jsonb,boolean);
drop function agentpg._item_value(jsonb,text,text);
drop function agentpg._refuse_item(integer,text,text,text,text);
drop type agentpg._new_run;

commit;
