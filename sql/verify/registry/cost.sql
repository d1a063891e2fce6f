-- Verify agentpg:registry/cost on pg
begin;

select pg_catalog.has_function_privilege('agentpg._token_count(jsonb,text)', 'execute');
select pg_catalog.has_function_privilege('agentpg._price(text,text,bigint,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._server_tools_usd(jsonb,timestamp with time zone)', 'execute');
select null::agentpg.billed_usage;
select pg_catalog.has_function_privilege('agentpg._billed_step(text,agentpg.run_mode,jsonb,jsonb,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._billed(text,agentpg.run_mode,jsonb,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._cost_usd(text,agentpg.run_mode,jsonb,timestamp with time zone)', 'execute');
select pg_catalog.has_function_privilege('agentpg._batch_ratio(text,timestamp with time zone)', 'execute');

rollback;
