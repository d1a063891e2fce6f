-- Verify agentpg:runs/pause_queue on pg
begin;

select pg_catalog.has_function_privilege('agentpg._pause_queue(integer,timestamp with time zone,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._park_queue(integer,text,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg.resume_parked(text)', 'execute');

rollback;
