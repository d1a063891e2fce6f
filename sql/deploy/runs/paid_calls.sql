-- Deploy agentpg:runs/paid_calls to pg
-- requires: runs/iterations
-- requires: runs/budgets
begin;

create view agentpg._paid_calls as
select
  t.completed_at, t.run_id, t.id as iteration_id, t.number, t.model, t.run_mode,
  coalesce(i.root_run_id, i.run_id) as root_run_id, i.session_id, i.agent_id, i.tenant_id,
  1 as calls,
  case when t.stop_reason is null then 1 else 0 end as abandoned_calls,
  case when t.cost_usd is null then 1 else 0 end as unpriced_calls,
  t.input_tokens, t.output_tokens,
  t.cache_creation_input_tokens - t.cache_creation_1h_input_tokens as cache_write_5m_tokens,
  t.cache_creation_1h_input_tokens as cache_write_1h_tokens,
  t.cache_read_input_tokens as cache_read_tokens,
  t.cost_usd,
  0 as failed_calls, 0 as failed_unpriced_calls, null::numeric as failed_cost_usd
from agentpg.iterations t
join agentpg.run_inputs i on i.run_id = t.run_id
union all
select
  f.failed_at, f.run_id, f.iteration_id, null, f.details #>> '{billed,model}', (f.details #>> '{billed,run_mode}')::agentpg.run_mode,
  coalesce(i.root_run_id, i.run_id), i.session_id, i.agent_id, i.tenant_id,
  0, 0, 0, 0, 0, 0, 0, 0, null,
  1, case when f.details #>> '{billed,cost_usd}' is null then 1 else 0 end, (f.details #>> '{billed,cost_usd}')::numeric
from agentpg.failed_attempts f
join agentpg.run_inputs i on i.run_id = f.run_id
where f.details ? 'billed';
comment on view agentpg._paid_calls is
  'Every model call with what it used and cost, and, in columns of their own, the attempts without an answer that told what they had used.';

commit;
