-- Verify agentpg:runs/new_runs on pg
begin;

select null::agentpg._new_run;
select pg_catalog.has_function_privilege('agentpg._refuse_item(integer,text,text,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._item_value(jsonb,text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._new_run_of(jsonb,integer,agentpg._new_run,uuid,agentpg.run_mode,jsonb,boolean)', 'execute');
select pg_catalog.has_function_privilege('agentpg._insert_new_runs(agentpg._new_run[],agentpg.agents,agentpg.run_mode,jsonb,uuid,timestamp with time zone)', 'execute');

rollback;
