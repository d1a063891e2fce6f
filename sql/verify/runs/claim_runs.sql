-- Verify agentpg:runs/claim_runs on pg
begin;

select pg_catalog.has_function_privilege('agentpg._claim_places(agentpg.run_mode,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._earned_claims(integer,timestamp with time zone,integer)', 'execute');
select pg_catalog.has_function_privilege('agentpg._lock_due_runs(agentpg.run_mode,timestamp with time zone,integer,uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._set_aside(agentpg.runs,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg.claim_runs(uuid,agentpg.run_mode,integer,uuid[])', 'execute');

rollback;
