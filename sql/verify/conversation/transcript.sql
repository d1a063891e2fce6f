-- Verify agentpg:conversation/transcript on pg
begin;

select session_id, first_seq, last_seq, origin_session_id
from agentpg.session_origins
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'session_origins_insert_only' and tgrelid = 'agentpg.session_origins'::regclass;
select pg_catalog.has_function_privilege('agentpg._transcript_parts(uuid,int8multirange)', 'execute');
select pg_catalog.has_function_privilege('agentpg._hidden(bigint,int8multirange)', 'execute');
select pg_catalog.has_function_privilege('agentpg._with_placeholders(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._without_thinking(jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._summary_message(text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._context_messages(uuid)', 'execute');

rollback;
