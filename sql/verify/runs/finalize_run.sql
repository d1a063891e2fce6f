-- Verify agentpg:runs/finalize_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg._activate_next(uuid,uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._finalize_run(agentpg.runs,agentpg.run_state,text,text,text)', 'execute');

rollback;
