-- Verify agentpg:runs/hand_out_run on pg
begin;

select null::agentpg.run_claim;
select pg_catalog.has_function_privilege('agentpg._request_with(agentpg.runs,jsonb,boolean)', 'execute');
select pg_catalog.has_function_privilege('agentpg._build_request(agentpg.runs,boolean)', 'execute');
select pg_catalog.has_function_privilege('agentpg._call_before(agentpg.runs,bigint)', 'execute');
select pg_catalog.has_function_privilege('agentpg._hand_out_run(agentpg.runs,jsonb)', 'execute');
select pg_catalog.has_function_privilege('agentpg._hand_out_runs(uuid[],jsonb)', 'execute');

rollback;
