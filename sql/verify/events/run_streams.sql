-- Verify agentpg:events/run_streams on pg
begin;

select root_run_id, last_seq, trimmed_seq, watched_until, ended_at, trim_at
from agentpg.run_streams
where false;
select root_run_id, seq, run_id, iteration_id, tool_execution_id, kind, data, created_at
from agentpg.run_events
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'run_events_insert_only' and tgrelid = 'agentpg.run_events'::regclass;
select pg_catalog.has_function_privilege('agentpg._wants_events(jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._open_streams(uuid[])', 'execute');

rollback;
