-- Verify agentpg:conversation/messages_after on pg
begin;

select pg_catalog.has_function_privilege('agentpg._checksum(agentpg.sessions,agentpg.messages,boolean)', 'execute');
select pg_catalog.has_function_privilege('agentpg._context_checksum(uuid,text,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._known_seq(uuid,text,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._has_marks(uuid)', 'execute');
select pg_catalog.has_function_privilege('agentpg._messages_after(uuid,bigint)', 'execute');

rollback;
