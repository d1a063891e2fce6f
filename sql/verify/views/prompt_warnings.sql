-- Verify agentpg:views/prompt_warnings on pg
begin;

select null::agentpg.prompt_warning;
select pg_catalog.has_function_privilege('agentpg._variable_parts(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._near(text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._first_difference(text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._changing_parts(text,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._prompt_warnings(agentpg.agents)', 'execute');
select pg_catalog.has_function_privilege('agentpg.prompt_warnings(uuid,integer)', 'execute');

rollback;
