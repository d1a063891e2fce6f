-- Verify agentpg:conversation/append_message on pg
begin;

select pg_catalog.has_function_privilege('agentpg._append_message(uuid,agentpg.message_role,jsonb,uuid,uuid,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._without_blank_text(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._as_error(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._tool_result(text,jsonb,boolean)', 'execute');

rollback;
