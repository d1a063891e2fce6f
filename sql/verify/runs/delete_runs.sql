-- Verify agentpg:runs/delete_runs on pg
begin;

select
  id, day, tenant_id, session_id, agent_id, model, run_mode, calls, abandoned_calls, unpriced_calls,
  input_tokens, output_tokens, cache_creation_input_tokens, cache_creation_1h_input_tokens,
  cache_read_input_tokens, cost_usd, failed_calls, failed_unpriced_calls, failed_cost_usd
from agentpg.deleted_usage
where false;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = 'deleted_usage_insert_only' and tgrelid = 'agentpg.deleted_usage'::regclass;
select pg_catalog.has_function_privilege('agentpg._keep_usage(uuid[])', 'execute');
select pg_catalog.has_function_privilege('agentpg._delete_runs(uuid[])', 'execute');

rollback;
