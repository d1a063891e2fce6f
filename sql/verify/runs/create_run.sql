-- Verify agentpg:runs/create_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg.create_run(uuid,uuid,text,agentpg.run_mode,jsonb,jsonb,jsonb,text,integer,timestamp with time zone)', 'execute');

rollback;
