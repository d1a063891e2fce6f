-- Verify agentpg:batches/settle_member on pg
begin;

select pg_catalog.has_function_privilege('agentpg._late_result(agentpg.runs,agentpg.batch_members,agentpg.batches,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._is_response(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._settle_result(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._drop_result(agentpg.batch_members,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._settle_member(agentpg.batches,integer,jsonb)', 'execute');

rollback;
