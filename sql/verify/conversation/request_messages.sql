-- Verify agentpg:conversation/request_messages on pg
begin;

select pg_catalog.has_function_privilege('agentpg._jsonb_concat_agg(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._without_open_server_calls(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._context_in_parts(uuid,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._request_messages(uuid,text)', 'execute');

rollback;
