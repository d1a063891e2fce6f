-- Verify agentpg:conversation/summary_request on pg
begin;

select pg_catalog.has_function_privilege('agentpg._shortened(text,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._part_text(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._rendered(agentpg.message_role,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._messages_to_summarize(agentpg.compactions,bigint,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._chunk_end(agentpg.compactions)', 'execute');
select pg_catalog.has_function_privilege('agentpg._summary_prefix(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._summary_request(uuid)', 'execute');

rollback;
