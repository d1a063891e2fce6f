-- Verify agentpg:tools/tool_output on pg
begin;

select pg_catalog.has_function_privilege('agentpg._is_blocks(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._check_output(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._whole_characters(bytea)', 'execute');
select pg_catalog.has_function_privilege('agentpg._cut_text(text,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._tool_content(jsonb)', 'execute');

rollback;
