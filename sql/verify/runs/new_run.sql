-- Verify agentpg:runs/new_run on pg
begin;

select pg_catalog.has_function_privilege('agentpg._check_place(agentpg.run_mode,integer,text,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._request_hash(uuid,agentpg.run_mode,jsonb,jsonb,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._repeated_run(text,text,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._prefix_of_run(agentpg.agents,jsonb,timestamp with time zone)', 'execute');

rollback;
