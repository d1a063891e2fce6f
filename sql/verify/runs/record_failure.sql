-- Verify agentpg:runs/record_failure on pg
begin;

select pg_catalog.has_function_privilege('agentpg._failure_course(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._model_retry_delay(integer,interval)', 'execute');
select pg_catalog.has_function_privilege('agentpg._fail_attempt(agentpg.runs,jsonb,interval)', 'execute');
select pg_catalog.has_function_privilege('agentpg.record_failure(uuid,uuid,jsonb,interval)', 'execute');

rollback;
