-- Verify agentpg:runs/repair_output on pg
begin;

select pg_catalog.has_function_privilege('agentpg._output_text(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._is_json(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._roomier_prefix(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._output_fault(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._repair_output(agentpg.runs,jsonb,text,jsonb)', 'execute');

rollback;
